// The same calls with the official TypeScript SDK on Node: sdk.mjs MODULE URL CALLS IN_FLIGHT
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [, , modules, url, callsText, inFlightText] = process.argv;
const inFlight = Number(inFlightText);
const load = createRequire(resolve(modules) + "/");
const { HathoraCloud } = load("@hathora/cloud-sdk-typescript");
const sdk = new HathoraCloud({ hathoraDevToken: "a-token", appId: "app-bench", serverURL: url });

async function run(calls) {
  let started = 0;
  async function work() {
    while (started++ < calls) {
      await sdk.processesV2.getProcessInfoV2Deprecated("6f1e8f2a-1f5e-4e44-9f3a-2a33a1f0a111");
    }
  }
  await Promise.all(Array.from({ length: inFlight }, work));
}

const calls = Number(callsText);
await run(inFlight); // connections and compiled code are there, as in the others' second thousand
const wall = performance.now(), cpu = process.cpuUsage();
await run(calls);
const used = process.cpuUsage(cpu);
console.log(calls, (performance.now() - wall) / 1e3, (used.user + used.system) / 1e6);
