// What `make demo-browser` runs: a hathora-host that starts the game server for the matches, and the
// page, from an origin of its own. Ctrl-C ends all of it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { servePage } from "./page.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const appId = "app-tic-tac-toe";

const directory = mkdtempSync(join(tmpdir(), "hathora-demo-"));
const configuration = join(directory, "host.lua");
writeFileSync(configuration, `return {
  listen = "127.0.0.1:0", tokens = { "${randomBytes(16).toString("hex")}" },
  apps = { ["${appId}"] = {
    command = { "${process.execPath}", "${join(here, "server.mjs")}" },
    user = "${userInfo().username}", roomsPerProcess = 10, idleTimeout = 300,
  } },
}
`);

const host = spawn(join(root, "bin/hathora-host"), ["serve", "--config", configuration],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
host.on("exit", (status) => {
  rmSync(directory, { recursive: true });
  process.exit(status ?? 1);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => host.kill("SIGTERM"));

function show(url, page) {
  console.log(`hathora-host serves ${url}. Open this in two windows, and play:\n\n`
    + `  ${page}?host=${encodeURIComponent(url)}&app=${appId}\n\nCtrl-C ends it.`);
}

createInterface({ input: host.stdout }).on("line", (line) => {
  const url = /listening on (\S+)/.exec(line)?.[1];
  if (url) servePage(here, (page) => show(url, page));
});
