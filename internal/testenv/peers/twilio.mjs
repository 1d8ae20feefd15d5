// Twilio's own helper library: signs and checks requests, and writes TwiML.
// Input: JSON; output: JSON.
import twilio from "twilio";
import { readFileSync } from "node:fs";

const ask = JSON.parse(readFileSync(0, "utf8"));
const answer = {};
if (ask.check) {
  answer.valid = ask.check.map((c) => twilio.validateRequest(ask.token, c.signature, c.url, c.form));
}
if (ask.sign) {
  answer.signatures = ask.sign.map((c) => twilio.getExpectedTwilioSignature(ask.token, c.url, c.form));
}
if (ask.gather) {
  const response = new twilio.twiml.VoiceResponse();
  const { say, language, ...attributes } = ask.gather;
  response.gather(attributes).say(language ? { language } : {}, say);
  answer.twiml = response.toString();
}
process.stdout.write(JSON.stringify(answer));

