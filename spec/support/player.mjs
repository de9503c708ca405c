// A game as its authors wrote them for Hathora Cloud, on clients by others: two players, each on
// another of Hathora's SDKs, and the game's server, which checks their tokens by a third.
// player.mjs MODULES URL APP SECRET: what it prints is what it saw.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [, , modules, serverURL, appId, secret] = process.argv;
const load = (name, file) => import(pathToFileURL(resolve(modules, name, file)));
const { HathoraCloud } = createRequire(resolve(modules) + "/")("@hathora/cloud-sdk-typescript");
const { HathoraClient } = await load("@hathora/client-sdk", "lib/index.js");
const { verifyJwt } = await load("@hathora/server-sdk", "lib/server.js");

// The client SDK has its address built in.
const plainFetch = globalThis.fetch;
globalThis.fetch = (url, options) =>
  plainFetch(typeof url === "string" ? url.replace("https://api.hathora.dev", serverURL) : url,
    options);

const cloud = new HathoraCloud({ appId, serverURL });
const { token } = await cloud.authV1.loginAnonymous();
const { id, name } = HathoraClient.getUserFromToken(token);
console.log("logged in", verifyJwt(token, secret) === id, /^\w+-\w+-\w+$/.test(name));
console.log("forged", verifyJwt(token, "another-secret"));

const lobby = await cloud.lobbiesV3.createLobby({ playerAuth: token },
  { visibility: "public", region: "Tokyo", roomConfig: "first" }, appId, "CODE");
console.log("made", lobby.createdBy === id, lobby.shortCode, lobby.createdAt instanceof Date);
const byCode = await cloud.lobbiesV3.getLobbyInfoByShortCode("CODE");
const byId = await cloud.lobbiesV3.getLobbyInfoByRoomId(lobby.roomId);
console.log("found", byCode.roomId === lobby.roomId, byId.roomConfig);
console.log("pings", (await cloud.discoveryV2.getPingServiceEndpoints()).length);

const client = new HathoraClient(appId);
const other = await client.loginNickname("Zoë");
console.log("nickname", HathoraClient.getUserFromToken(other).name, !!verifyJwt(other, secret));
const roomId = await client.createPublicLobby(other, { region: "Tokyo",
  initialConfig: { players: [], goal: 3 } });
const seen = await client.getPublicLobbies(other, "Tokyo");
console.log("listed", seen.map((one) => one.roomId).join() === [roomId, lobby.roomId].join(),
  JSON.stringify(seen[0].initialConfig));
const listed = await cloud.lobbiesV3.listActivePublicLobbies(appId, "Tokyo");
console.log("listed", listed.map((one) => one.roomId).join() === [roomId, lobby.roomId].join());
const where = await client.getConnectionDetailsForRoomId(roomId);
console.log("connects", where.status, where.host, Number.isInteger(where.port));
try {
  await cloud.lobbiesV3.createLobby({ playerAuth: token + "x" },
    { visibility: "public", region: "Tokyo" }, appId);
} catch (error) {
  console.log("refused", error.name, error.statusCode ?? error.rawResponse?.status);
}
