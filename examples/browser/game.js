// The page: ?host=URL&app=ID of a hathora-host, and &room=ID to join a match at once.
import { Hathora } from "./hathora.js";

const parameters = new URLSearchParams(location.search);
const hathora = new Hathora(parameters.get("host"), parameters.get("app"));
const element = (id) => document.getElementById(id);
let socket, lobbiesTimer;

function say(text) {
  element("status").textContent = text;
}

function button(text, act) {
  const made = document.createElement("button");
  made.textContent = text;
  made.onclick = act;
  return made;
}

function showLobbies(lobbies) {
  element("matches").replaceChildren(...lobbies.map((lobby) => {
    const item = document.createElement("li");
    item.append(lobby.shortCode, button("Join", () => attempt(() => join(lobby.roomId))));
    return item;
  }));
}

async function lookForMatches() {
  element("lobby").hidden = false;
  showLobbies(await hathora.lobbies());
  lobbiesTimer = setTimeout(() => attempt(lookForMatches), 2000);
}

function draw({ board, names, turn, you, outcome }) {
  const isOurs = !outcome && turn === you && names.O;
  element("board").replaceChildren(...board.map((mark, cell) => {
    const made = button(mark ?? "", () => socket.send(JSON.stringify({ cell })));
    made.className = mark ?? "";
    made.disabled = !isOurs || mark !== null;
    return made;
  }));
  element("players").replaceChildren(...["X", "O"].flatMap((mark) => {
    const name = document.createElement("span");
    name.textContent = `${mark}: ${names[mark] ?? "nobody yet"}`;
    name.className = !outcome && turn === mark ? "turn" : "";
    return [name, mark === "X" ? "  ·  " : ""];
  }));
  element("again").hidden = !outcome || !you;
  if (outcome) say(outcome === "draw" ? "A draw" : outcome === you ? "You won" : `${outcome} won`);
  else if (!names.X || !names.O) say("Waiting for another player");
  else say(!you ? "You are watching" : turn === you ? "Your turn" : "The other player's turn");
}

async function join(roomId) {
  clearTimeout(lobbiesTimer);
  element("lobby").hidden = true;
  say("Waiting for the match to start ...");
  socket = await hathora.connect(roomId);
  socket.onmessage = ({ data }) => draw(JSON.parse(data));
  socket.onclose = () => say("The match has ended. Load the page again for another.");
  element("code").textContent = roomId;
  parameters.set("room", roomId);
  element("link").href = "?" + parameters;
  element("match").hidden = false;
}

async function attempt(act) {
  try {
    await act();
  } catch (problem) {
    say("It did not work: " + problem.message);
  }
}

element("create").onclick = () => attempt(async () => {
  const lobby = await hathora.createLobby(parameters.get("region") ?? "London");
  await join(lobby.roomId);
});
element("again").onclick = () => socket.send(JSON.stringify({ again: true }));

attempt(async () => {
  await hathora.login();
  const room = parameters.get("room");
  if (room) return join(room);
  say("Make a match, or join one");
  await lookForMatches();
});
