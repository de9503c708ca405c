// What the host refuses that it would give at another time, on the official SDK: what it prints is
// the error that the script saw. refusals.mjs MODULES URL TOKEN APP
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [, , modules, serverURL, hathoraDevToken, appId] = process.argv;
const { HathoraCloud } = createRequire(resolve(modules) + "/")("@hathora/cloud-sdk-typescript");
const { roomsV2, processesV3 } = new HathoraCloud({ hathoraDevToken, appId, serverURL });
const stranger = new HathoraCloud({ hathoraDevToken: "another-token", appId, serverURL });

async function statusOf(ask) {
  try {
    await ask();
    return "not refused";
  } catch (error) {
    return error.name + " " + (error.statusCode ?? error.rawResponse?.status);
  }
}

const made = await roomsV2.createRoom({ region: "Tokyo" }, undefined, "my-room");
const create = () => roomsV2.createRoom({ region: "Tokyo" });
console.log("a room", await statusOf(create));
console.log("a process", await statusOf(() => processesV3.createProcess("Tokyo")));
const config = { roomConfig: "\0" };
console.log("a config", await statusOf(() => roomsV2.updateRoomConfig("my-room", config)));
console.log("a region", await statusOf(() => processesV3.createProcess("Atlantis")));
const ways = {
  rooms: () => stranger.roomsV2.getActiveRoomsForProcess(made.processId),
  processes: () => stranger.processesV3.getProcess(made.processId),
};
console.log("a stranger", await statusOf(ways.rooms));
for (const [name, ask] of Object.entries(ways)) {
  let status;
  for (let tries = 0; tries < 200 && !status?.includes("429"); tries++) status = await statusOf(ask);
  console.log(name, status);
}
