// An HTTP/2 server that does what its script says: `node http2_server.mjs SCRIPT CERTIFICATE KEY`.
// SCRIPT is JSON, a list of answers as http2.lua has them. It prints `listening on PORT`, and a
// line `request CONNECTION METHOD PATH` for each request.
import http2 from 'node:http2';
import tls from 'node:tls';
import { readFileSync } from 'node:fs';

const [, , scriptFile, certificate, key] = process.argv;
const script = JSON.parse(readFileSync(scriptFile));
const credentials = { cert: readFileSync(certificate), key: readFileSync(key), ALPNProtocols: ['h2'] };

function choose(request) {
  const answer = script.find((each, index) =>
    (each.times ?? (index === script.length - 1 ? Infinity : 1)) > 0
    && (!each.on || request.includes(each.on)));
  if (answer?.times) answer.times -= 1;
  else if (answer && answer !== script.at(-1)) answer.times = 0;
  return answer ?? { status: 599 };
}

function head(answer) {
  const fields = { ':status': answer.status ?? 200, 'content-type': 'application/json' };
  for (let index = 0; index < (answer.headerKilobytes ?? 0); index++)
    fields[`x-filler-${index}`] = 'x'.repeat(1000);
  return Object.assign(fields, answer.headers);
}

function repeat(stream, text) {
  while (!stream.destroyed && stream.write(text)) { /* until it takes no more for now */ }
  if (!stream.destroyed) stream.once('drain', () => repeat(stream, text));
}

function answer(stream, given) {
  if (given.interim) stream.additionalHeaders({ ':status': given.interim });
  if (given.goaway !== undefined) stream.session.goaway(given.goaway, given.last ?? stream.id);
  const begin = () => { if (given.at !== 'start') stream.respond(head(given)); };
  const ending = () => {
    if (stream.destroyed) return;
    if (given.reset !== undefined) stream.close(given.reset);
    else if (given.destroy) stream.session.destroy();
    else if (given.endless) repeat(stream, given.endless);
    else if (!given.hold) stream.end();
  };
  if (given.at !== 'start' && given.delay === undefined) {
    begin();
    if (given.hold || given.endless || given.destroy) stream.write(given.body ?? '', ending);
    else stream.end(given.body);
    return;
  }
  begin();
  if (given.body) stream.write(given.body);
  setTimeout(ending, 1000 * (given.delay ?? 0));
}

let connections = 0;

function serve() {
  const server = http2.createSecureServer(credentials);
  server.on('session', session => { session.number = ++connections; });
  server.on('stream', (stream, fields) => {
    const request = `${fields[':method']} ${fields[':path']}`;
    console.log(`request ${stream.session.number} ${request}`);
    stream.on('error', () => {});
    stream.resume();
    answer(stream, choose(request));
  });
  server.on('sessionError', () => {});
  return server;
}

// Frames of our own making (RFC 9113, 4.1), for what node's server never sends.
function frame(type, flags, stream, payload) {
  const bytes = Buffer.alloc(9);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  return Buffer.concat([bytes, payload]);
}

// A header field without indexing (RFC 7541, 6.2.2).
function field(name, value) {
  return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name),
    Buffer.from([value.length]), Buffer.from(value)]);
}

const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
const END_HEADERS = 4, END_STREAM = 1, ACK = 1;

// An answer that ends with END_STREAM, or without it with RST_STREAM.
function answerInFrames(socket, stream, given) {
  const fields = [Buffer.from([0x88]), field('content-type', given.type)];
  if (given.length) fields.push(field('content-length', String(given.length)));
  const broken = given.reset !== undefined;
  socket.write(Buffer.concat([frame(HEADERS, END_HEADERS, stream, Buffer.concat(fields)),
    frame(DATA, broken ? 0 : END_STREAM, stream, Buffer.from(given.body))]));
  if (!broken) return;
  const code = Buffer.alloc(4);
  code.writeUInt32BE(given.reset);
  setTimeout(() => socket.write(frame(RST_STREAM, 0, stream, code)), 1000 * (given.delay ?? 0));
}

function serveFrames() {
  return tls.createServer(credentials, socket => {
    const connection = ++connections;
    let bytes = Buffer.alloc(0), from = 24; // the client's preface
    socket.on('error', () => {});
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    socket.on('data', piece => {
      bytes = Buffer.concat([bytes, piece]);
      for (;;) {
        if (bytes.length < from + 9) return;
        const end = from + 9 + bytes.readUIntBE(from, 3);
        if (bytes.length < end) return;
        const type = bytes[from + 3], stream = bytes.readUInt32BE(from + 5);
        if (type === SETTINGS && !bytes[from + 4])
          socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
        if (type === HEADERS) {
          console.log(`request ${connection} FRAMES /`);
          answerInFrames(socket, stream, choose('FRAMES /'));
        }
        from = end;
      }
    });
  });
}

const server = script[0].frames ? serveFrames() : serve();
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
