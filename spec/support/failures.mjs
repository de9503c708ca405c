// Asks for everything that starts something or is written down, on the official SDK, and prints
// what error the script saw. failures.mjs MODULES URL TOKEN APP
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [, , modules, serverURL, hathoraDevToken, appId] = process.argv;
const { HathoraCloud } = createRequire(resolve(modules) + "/")("@hathora/cloud-sdk-typescript");
const { roomsV2, processesV2, processesV3 } =
  new HathoraCloud({ hathoraDevToken, appId, serverURL, retryConfig: { strategy: "none" } });

const calls = {
  createRoom: () => roomsV2.createRoom({ region: "Tokyo" }),
  createProcessV2: () => processesV2.createProcessV2Deprecated("London"),
  createProcess: () => processesV3.createProcess("London"),
  updateRoomConfig: () => roomsV2.updateRoomConfig("my-room", { roomConfig: "new" }),
  suspendRoom: () => roomsV2.suspendRoomV2Deprecated("my-room"),
  destroyRoom: () => roomsV2.destroyRoom("my-room"),
  getConnectionInfo: () => roomsV2.getConnectionInfo("my-room"),
};
for (const [name, ask] of Object.entries(calls)) {
  try {
    await ask();
    console.log(name, "done");
  } catch (error) {
    console.log(name, error.name, error.statusCode ?? error.rawResponse?.status);
  }
}
