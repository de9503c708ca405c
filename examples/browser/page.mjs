// Serves the page, from an origin of its own: `node page.mjs [DIRECTORY]` prints where.
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };

function filesOf(directory) {
  const names = readdirSync(directory).filter((name) => types[extname(name)]);
  const files = new Map(names.map((name) =>
    ["/" + name, { type: types[extname(name)], body: readFileSync(join(directory, name)) }]));
  return files.set("/", files.get("/index.html"));
}

// Calls `ready` with the page's URL, which ends in a slash.
export function servePage(directory, ready) {
  const files = filesOf(directory);
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url, "http://page").pathname);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": file.type + "; charset=utf-8" }).end(file.body);
  });
  server.listen(0, "127.0.0.1", () => ready(`http://127.0.0.1:${server.address().port}/`));
}

const self = fileURLToPath(import.meta.url);
if (realpathSync(process.argv[1]) === self) servePage(process.argv[2] ?? dirname(self), console.log);
