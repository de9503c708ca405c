// Web sockets (RFC 6455) as this small game needs them: JSON texts that fit in one frame.
import { createHash } from "node:crypto";

const id = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;
const longest = 125; // what a frame's second byte can say by itself

function frame(opcode, payload) {
  const { length } = payload;
  const head = length <= longest ? [0x80 | opcode, length]
    : [0x80 | opcode, 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}

// The first frame of what came, or null when there is more to come.
function read(bytes) {
  if (bytes.length < 6) return null;
  const length = bytes[1] & 127;
  if (length > longest || !(bytes[1] & 128) || !(bytes[0] & 128)) throw new Error("not for this game");
  if (bytes.length < 6 + length) return null;
  const mask = bytes.subarray(2, 6);
  const payload = Buffer.from(bytes.subarray(6, 6 + length).map((byte, i) => byte ^ mask[i % 4]));
  return { opcode: bytes[0] & 15, payload, rest: bytes.subarray(6 + length) };
}

// Say yes to a request to upgrade. Returns what has `send(text)`, and calls its `onmessage(value)`
// and, once, `onclose()`.
export function accept(request, connection) {
  const key = createHash("sha1").update(request.headers["sec-websocket-key"] + id).digest("base64");
  connection.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    + `Connection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  const socket = { send: (text) => connection.write(frame(TEXT, Buffer.from(text))) };
  const act = {
    [TEXT]: (payload) => socket.onmessage(JSON.parse(payload)),
    [PING]: (payload) => connection.write(frame(PONG, payload)),
    [CLOSE]: () => connection.end(frame(CLOSE, Buffer.alloc(0))),
  };
  let bytes = Buffer.alloc(0);
  connection.on("data", (more) => {
    bytes = Buffer.concat([bytes, more]);
    try {
      for (let found; (found = read(bytes)); bytes = found.rest) act[found.opcode]?.(found.payload);
    } catch {
      connection.destroy();
    }
  });
  connection.on("error", () => connection.destroy());
  connection.on("close", () => socket.onclose());
  return socket;
}
