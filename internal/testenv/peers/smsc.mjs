// npm smpp as a message centre, told what to do over HTTP.
//   node smsc.mjs SMPP-PORT HTTP-PORT
//   POST /behave {accept|refuse|defer|hang|hang-after|break-after}
//   POST /say {from, text}      a person writes
//   POST /receipt {id, state}   what became of a message
//   GET  /got                   what was submitted
import smpp from "smpp";
import { createServer } from "node:http";

let behave = "accept";
const got = [];
const sessions = new Set();

smpp.createServer((session) => {
  sessions.add(session);
  session.on("error", () => {});
  session.on("close", () => sessions.delete(session));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => session.send(pdu.response()));
  session.on("bind_transceiver", (pdu) => {
    if (behave === "hang") return;
    session.send(pdu.response({ command_status: pdu.password === "secret" ? 0 : smpp.ESME_RBINDFAIL }));
  });
  session.on("submit_sm", (pdu) => {
    if (behave === "refuse") return session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
    if (behave === "defer") return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    if (behave === "hang" || behave === "hang-after") return;
    if (behave === "break-after") return session.destroy();
    const body = pdu.message_payload ?? pdu.short_message;
    got.push({ to: pdu.destination_addr, from: pdu.source_addr, text: body.message ?? body, coding: pdu.data_coding });
    session.send(pdu.response({ message_id: `m${got.length}` }));
  });
}).listen(Number(process.argv[2]), "127.0.0.1");

const pending = (pdu) => new Promise((done) => [...sessions][0].deliver_sm(pdu, (r) => done(r.command_status)));

createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const ask = body ? JSON.parse(body) : {};
  let answer = {};
  if (request.url === "/behave") behave = ask.behave;
  if (request.url === "/got") answer = got;
  if (request.url === "/say") {
    answer.status = await pending({ source_addr_ton: 1, source_addr: ask.from, destination_addr: "15550100", short_message: ask.text });
  }
  if (request.url === "/receipt") {
    answer.status = await pending({
      esm_class: 4, source_addr: "15550199", destination_addr: "15550100",
      short_message: `id:${ask.id} sub:001 dlvrd:001 submit date:2603011200 done date:2603011201 stat:${ask.state} err:000 text:Hello`,
    });
  }
  response.end(JSON.stringify(answer));
}).listen(Number(process.argv[3]), "127.0.0.1");
