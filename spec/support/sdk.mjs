// A script as users of Hathora Cloud wrote them, on the official SDK: what it prints is what it
// saw. sdk.mjs MODULES URL TOKEN APP [nocount]
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [, , modules, serverURL, hathoraDevToken, appId, nocount] = process.argv;
const { HathoraCloud } = createRequire(resolve(modules) + "/")("@hathora/cloud-sdk-typescript");
const { processesV2 } = new HathoraCloud({ hathoraDevToken, appId, serverURL });

async function until(status, processId) {
  for (let tries = 0; tries < 500; tries++) {
    const found = await processesV2.getProcessInfoV2Deprecated(processId);
    if (found.status === status) return found;
    await sleep(20);
  }
  throw new Error("never " + status);
}

const created = await processesV2.createProcessV2Deprecated("Tokyo");
console.log("created", created.status, created.region, created.createdAt instanceof Date);
const running = await until("running", created.processId);
console.log("running", running.exposedPort.name, Number.isInteger(running.exposedPort.port));
const list = await processesV2.getLatestProcessesV2Deprecated(undefined, ["running"], ["Tokyo"]);
console.log("listed", list.map((one) => one.processId === created.processId).join());
if (!nocount) {
  const count = await processesV2.getProcessesCountExperimentalV2Deprecated();
  console.log("counted", count.count);
}
await processesV2.stopProcessV2Deprecated(created.processId);
const stopped = await until("stopped", created.processId);
console.log("stopped", stopped.terminatedAt instanceof Date);
try {
  await processesV2.getProcessInfoV2Deprecated("none");
} catch (error) {
  console.log("refused", error.name, error.statusCode ?? error.rawResponse?.status);
}
