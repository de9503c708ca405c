// The package ws, a web socket by others: it prints what it sees. websocket.mjs MODULES URL
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [, , modules, url] = process.argv;
const WebSocket = createRequire(resolve(modules) + "/")("ws");
const socket = new WebSocket(url);
const sent = ["hello", "é".repeat(2048), ""];
socket.on("open", () => sent.forEach((text) => socket.send(text)));
socket.on("message", (text, isBinary) => {
  console.log("same", String(text) === sent.shift(), isBinary);
  if (!sent.length) socket.ping("p");
});
socket.on("pong", (text) => {
  console.log("pong", String(text));
  socket.send("x".repeat(4097));
});
socket.on("close", (code) => console.log("closed", code));
socket.on("error", (error) => console.log(error.message));
