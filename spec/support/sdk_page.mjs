// A browser game on the official SDK, as its users wrote them: what the page shows is what it saw.
// ?host=URL&app=ID
import { HathoraCloud } from "@hathora/cloud-sdk-typescript";

const parameters = new URLSearchParams(location.search);
const sdk = new HathoraCloud({ serverURL: parameters.get("host"), appId: parameters.get("app") });

function saw(...words) {
  document.getElementById("saw").append(words.join(" ") + "\n");
}

async function connectionInfo(roomId) {
  for (;;) {
    const info = await sdk.roomsV2.getConnectionInfo(roomId);
    if (info.status === "active") return info.exposedPort;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  const { token } = await sdk.authV1.loginAnonymous();
  saw("login", token.split(".").length);
  const lobby = await sdk.lobbiesV3.createLobby({ playerAuth: token },
    { visibility: "public", region: "Tokyo", roomConfig: '{"mode":"duel"}' });
  saw("lobby", lobby.visibility, lobby.region, lobby.roomConfig, lobby.createdAt instanceof Date);
  const lobbies = await sdk.lobbiesV3.listActivePublicLobbies();
  saw("list", lobbies.map(({ roomId }) => roomId === lobby.roomId));
  const found = await sdk.lobbiesV3.getLobbyInfoByShortCode(lobby.shortCode);
  saw("short code", found.roomId === lobby.roomId);
  try {
    await sdk.lobbiesV3.createLobby({ playerAuth: token + "x" },
      { visibility: "public", region: "Tokyo" });
  } catch (problem) {
    saw("refused", problem.name, problem.statusCode);
  }
  const { host, port, transportType } = await connectionInfo(lobby.roomId);
  saw("connection", transportType);
  const scheme = transportType === "tls" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${host}:${port}/${lobby.roomId}?token=${token}`);
  socket.onmessage = ({ data }) => saw("played", JSON.parse(data).you);
  socket.onerror = () => saw("no web socket");
} catch (problem) {
  saw("failed", problem.name, problem.message);
}
