// What a matchmaker and a game server ask of rooms, on the official SDK: what it prints is what it
// saw. rooms.mjs MODULES URL TOKEN APP [suspend] [resume] [v3] [region]: these are left out
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [, , modules, serverURL, hathoraDevToken, appId, ...without] = process.argv;
const { HathoraCloud } = createRequire(resolve(modules) + "/")("@hathora/cloud-sdk-typescript");
const { roomsV2, processesV3 } = new HathoraCloud({ hathoraDevToken, appId, serverURL });
const stranger = new HathoraCloud({ hathoraDevToken: "another-token", appId, serverURL });

async function until(ask, isThere) {
  for (let tries = 0; tries < 500; tries++) {
    const found = await ask();
    if (isThere(found)) return found;
    await sleep(20);
  }
  throw new Error("it never came");
}

async function refused(name, ask) {
  try {
    await ask();
    console.log(name, "was not refused");
  } catch (error) {
    console.log(name, error.name, error.statusCode ?? error.rawResponse?.status);
  }
}

const made = await roomsV2.createRoom({ region: "Tokyo", roomConfig: "{}" }, undefined, "my-room");
console.log("created", made.roomId, made.status, made.additionalExposedPorts.length);
const ready = await until(() => roomsV2.getConnectionInfo("my-room"), (it) => it.status === "active");
console.log("ready", ready.exposedPort.name, Number.isInteger(ready.exposedPort.port));
await roomsV2.updateRoomConfig("my-room", { roomConfig: "new" });
const room = await roomsV2.getRoomInfo("my-room");
console.log("info", room.status, room.roomConfig, room.allocations.length,
  room.currentAllocation.scheduledAt instanceof Date, room.currentAllocation.unscheduledAt);
const on = await roomsV2.getActiveRoomsForProcess(made.processId);
console.log("active", on.map((it) => it.roomId).join());
if (!without.includes("suspend")) {
  await roomsV2.suspendRoomV2Deprecated("my-room");
  const off = await roomsV2.getInactiveRoomsForProcess(made.processId);
  console.log("suspended", off.map((it) => it.roomId + " " + it.status).join());
}
if (!without.includes("resume")) {
  const again = await roomsV2.resumeRoom("my-room");
  console.log("resumed", again.status, again.processId === made.processId);
}
await roomsV2.destroyRoom("my-room");
console.log("destroyed", (await roomsV2.getRoomInfo("my-room")).status);
const over = await roomsV2.getInactiveRoomsForProcess(made.processId);
console.log("inactive", over.map((it) => it.roomId + " " + it.status).join());

if (!without.includes("v3")) {
  const one = await processesV3.createProcess("London");
  console.log("process", one.status, typeof one.deploymentId, one.scheduledAt instanceof Date);
  const up = await until(() => processesV3.getProcess(one.processId), (it) => it.exposedPort);
  console.log("up", up.status, up.bootedAt instanceof Date, up.startedAt instanceof Date);
  const list = await processesV3.getLatestProcesses(undefined, ["running"], ["London"]);
  console.log("listed", list.map((it) => it.processId === one.processId).join());
  const count = await processesV3.getProcessesCountExperimental(undefined, undefined, ["London"]);
  console.log("counted", count.count);
  await refused("limit", () => roomsV2.createRoom({ region: "Sydney" }));
  await processesV3.stopProcess(one.processId);
  const down = await until(() => processesV3.getProcess(one.processId), (it) => it.terminatedAt);
  console.log("down", down.status);
  for (const name of ["getProcess", "stopProcess"])
    await refused(name, () => processesV3[name]("none"));
}

await refused("taken", () => roomsV2.createRoom({ region: "Tokyo" }, undefined, "my-room"));
await refused("app", () => roomsV2.createRoom({ region: "Tokyo" }, "none"));
await refused("token", () => stranger.roomsV2.createRoom({ region: "Tokyo" }));
for (const name of ["getRoomInfo", "getConnectionInfo", "destroyRoom", "suspendRoomV2Deprecated"])
  await refused(name, () => roomsV2[name]("none"));
await refused("updateRoomConfig", () => roomsV2.updateRoomConfig("none", { roomConfig: "" }));
await refused("gone", () => roomsV2.getConnectionInfo("my-room"));
if (!without.includes("resume")) {
  await refused("resumeRoom", () => roomsV2.resumeRoom("none"));
  await refused("final", () => roomsV2.resumeRoom("my-room"));
}
for (const name of ["getActiveRoomsForProcess", "getInactiveRoomsForProcess"])
  await refused(name, () => roomsV2[name]("none"));
if (!without.includes("region"))
  await refused("region", () => roomsV2.createRoom({ region: "Atlantis" }));
