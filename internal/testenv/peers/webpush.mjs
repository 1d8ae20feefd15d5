// npm http_ece decrypts a notification. Input: JSON; output: the plain text.
import ece from "http_ece";
import { createECDH } from "node:crypto";
import { readFileSync } from "node:fs";

const ask = JSON.parse(readFileSync(0, "utf8"));
const from = (s) => Buffer.from(s, "base64url");
const browser = createECDH("prime256v1");
browser.setPrivateKey(from(ask.private));
process.stdout.write(ece.decrypt(from(ask.body), { version: "aes128gcm", privateKey: browser, dh: ask.public, authSecret: ask.auth }));
