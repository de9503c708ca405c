// The game server: tic-tac-toe over web sockets, many matches at once, a room each. It listens on
// the port that it is told, speaks plain ws, and believes the tokens signed with the app's secret.
import { createServer } from "node:http";
import { accept } from "./websocket.mjs";
import { playerOf } from "./token.mjs";

const lines = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];
const matches = new Map();

function newMatch() {
  return { board: Array(9).fill(null), turn: "X", sockets: new Set(), seats: {} };
}

function outcomeOf({ board }) {
  const line = lines.find(([a, b, c]) => board[a] && board[a] === board[b] && board[a] === board[c]);
  return line ? board[line[0]] : board.includes(null) ? null : "draw";
}

function markOf(match, player) {
  return ["X", "O"].find((mark) => match.seats[mark]?.id === player.id) ?? null;
}

function tellAll(match) {
  const { board, turn, seats } = match;
  const names = { X: seats.X?.name, O: seats.O?.name };
  for (const socket of match.sockets) {
    const you = markOf(match, socket.player);
    socket.send(JSON.stringify({ board, names, turn, you, outcome: outcomeOf(match) }));
  }
}

function play(match, player, { cell, again }) {
  const mark = markOf(match, player);
  const isOver = outcomeOf(match) !== null;
  if (!mark) return;
  if (again && isOver) {
    match.board.fill(null);
  } else if (mark === match.turn && match.seats.O && match.board[cell] === null && !isOver) {
    match.board[cell] = mark;
    match.turn = mark === "X" ? "O" : "X";
  }
}

function join(roomId, player, socket) {
  const match = matches.get(roomId) ?? newMatch();
  matches.set(roomId, match);
  const free = ["X", "O"].find((mark) => !match.seats[mark]);
  if (free && !markOf(match, player)) match.seats[free] = player;
  socket.player = player;
  match.sockets.add(socket);
  socket.onmessage = (text) => {
    play(match, player, text);
    tellAll(match);
  };
  socket.onclose = () => {
    match.sockets.delete(socket);
    if (match.sockets.size === 0) matches.delete(roomId);
  };
  tellAll(match);
}

const server = createServer((request, response) => response.end("This game is played by web socket.\n"));
server.on("upgrade", (request, connection) => {
  const url = new URL(request.url, "http://game");
  const player = playerOf(url.searchParams.get("token"), process.env.HATHORA_APP_SECRET);
  if (!player) return connection.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
  join(url.pathname.slice(1), player, accept(request, connection));
});
server.listen(process.env.HATHORA_DEFAULT_PORT);
process.on("SIGTERM", () => process.exit());
