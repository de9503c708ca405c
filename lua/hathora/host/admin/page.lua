--- The page at `GET /`: what a browser is sent. It holds nothing of the host's until its script
-- has been given a token; what a process says of itself is only ever set as text.
-- @module hathora.host.admin.page

local page = {}

page.html = [=[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hathora-host</title>
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<header>
  <h1>hathora-host</h1>
  <p id="summary"></p>
</header>
<form id="entry" hidden>
  <label>Token <input id="token" type="password" autocomplete="current-password" required></label>
  <button>Open</button>
  <p class="hint">One of the tokens in the host's configuration.</p>
</form>
<p id="notice" role="status"></p>
<main id="processes"></main>
<template id="process">
  <article>
    <h2><span class="status"></span> <span class="region"></span></h2>
    <button class="stop">Stop</button>
    <dl>
      <div><dt>App</dt><dd class="app"></dd></div>
      <div><dt>Process</dt><dd class="id"></dd></div>
      <div><dt>Engine</dt><dd class="engine"></dd></div>
      <div><dt>Ports</dt><dd class="ports"></dd></div>
      <div><dt>Rooms</dt><dd class="rooms"></dd></div>
      <div><dt>Age</dt><dd class="age"></dd></div>
    </dl>
    <p class="reason"></p>
    <pre class="log" tabindex="0"></pre>
  </article>
</template>
</body>
</html>
]=]

page.css = [=[
:root {
  color-scheme: light dark;
  --back: #f4f5f7; --card: #fff; --text: #1c2330; --faint: #667085; --line: #e1e5eb;
  --well: #f4f5f7; --accent: #3456d1; --good: #14804a; --busy: #9a6700; --bad: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #11151c; --card: #1a202a; --text: #e6e9ef; --faint: #98a2b3; --line: #2b3442;
    --well: #11151c; --accent: #8ea5ff; --good: #4ade80; --busy: #facc15; --bad: #f97066;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 78rem; padding: 1.5rem; background: var(--back);
  color: var(--text); font: 15px/1.45 system-ui, sans-serif;
}
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
h1 { font-size: 1.35rem; margin: 0; }
#summary, dt, #notice, .hint { color: var(--faint); }
#summary { margin: 0; }
#notice:empty, .reason:empty { display: none; }
main {
  display: grid; gap: 1rem; margin-top: 1.25rem;
  grid-template-columns: repeat(auto-fill, minmax(23rem, 1fr));
}
@media (max-width: 26rem) { main { grid-template-columns: 1fr; } }
article {
  display: grid; grid-template-columns: 1fr auto; gap: .6rem; align-content: start;
  min-width: 0; padding: 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem;
}
article > :nth-child(n+3) { grid-column: 1 / -1; }
article.over { opacity: .65; }
h2 { font-size: 1rem; margin: 0; align-self: center; }
.status { color: var(--busy); }
.status::before { content: "\25CF\00A0"; }
.running .status { color: var(--good); }
.failed .status { color: var(--bad); }
.stopped .status { color: var(--faint); }
.region { font-weight: 500; margin-left: .35rem; }
.reason { margin: 0; color: var(--bad); }
dl { display: grid; gap: .15rem; margin: 0; }
dl > div { display: grid; grid-template-columns: 4.5rem 1fr; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.id { font: 12.5px/1.75 ui-monospace, monospace; }
pre {
  margin: 0; padding: .6rem .7rem; height: 7.6rem; overflow: auto; background: var(--well);
  border-radius: .4rem; font: 12px/1.5 ui-monospace, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere;
}
pre:empty::after { content: "nothing logged yet"; color: var(--faint); }
button, input {
  font: inherit; color: inherit; padding: .3rem .8rem; border: 1px solid var(--line);
  border-radius: .4rem; background: var(--card);
}
button { cursor: pointer; }
.stop:hover, .stop.sure { border-color: var(--bad); color: var(--bad); }
.over .stop { visibility: hidden; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#entry { display: flex; gap: .6rem; margin: 2rem 0; align-items: center; flex-wrap: wrap; }
.hint { margin: 0; flex-basis: 100%; }
#entry[hidden] { display: none; }
]=]

page.js = [=[
"use strict";
const find = id => document.getElementById(id);
const cards = new Map();
const refreshSeconds = 2, sureSeconds = 3;
let token = sessionStorage.getItem("token");
let timer;

// A link may carry the token behind #, which no server is ever sent.
if (location.hash.startsWith("#token=")) {
  token = decodeURIComponent(location.hash.slice("#token=".length));
  history.replaceState(null, "", location.pathname);
}

async function ask(path, method = "GET") {
  const answer = await fetch(path, { method, headers: { Authorization: "Bearer " + token } });
  if (answer.status === 401) throw new Error("This host does not know that token.");
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.message || "The host answered " + answer.status + ".");
  }
  return answer;
}

function ageOf(process) {
  const end = process.terminatedAt ? Date.parse(process.terminatedAt) : Date.now();
  let seconds = Math.max(0, Math.round((end - Date.parse(process.createdAt)) / 1000));
  const parts = [];
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
    if (seconds >= size && parts.length < 2) parts.push(Math.floor(seconds / size) + " " + unit);
    seconds %= size;
  }
  return parts.join(" ") || "0 s";
}

function portsOf(process) {
  return [process.exposedPort, ...process.additionalExposedPorts].filter(Boolean)
    .map(port => port.name + " " + port.host + ":" + port.port + "/" + port.transportType)
    .join(", ") || "not yet";
}

// The first press asks, the second within a few seconds stops.
async function stop(button, link) {
  if (!button.classList.contains("sure")) {
    button.classList.add("sure");
    button.textContent = "Stop it?";
    setTimeout(() => {
      button.classList.remove("sure");
      button.textContent = "Stop";
    }, sureSeconds * 1000);
    return;
  }
  button.disabled = true;
  try {
    await ask(link, "POST");
    await refresh();
  } catch (problem) {
    find("notice").textContent = problem.message;
  } finally {
    button.disabled = false;
  }
}

function makeCard(entry) {
  const card = find("process").content.firstElementChild.cloneNode(true);
  const button = card.querySelector(".stop");
  button.addEventListener("click", () => stop(button, entry.links.stop));
  return card;
}

function show(card, entry) {
  const process = entry.process;
  const set = (name, text) => { card.querySelector(name).textContent = text; };
  card.className = process.status + (entry.isOver ? " over" : "");
  set(".status", process.status);
  set(".region", process.region.replace(/_/g, " "));
  set(".app", process.appId);
  set(".id", process.processId);
  set(".engine", entry.engine || "");
  set(".ports", portsOf(process));
  set(".rooms", process.roomsAllocated + " of " + process.roomsPerProcess);
  set(".age", ageOf(process));
  set(".reason", entry.reason || "");
  card.querySelector(".stop").setAttribute("aria-label", "Stop process " + process.processId);
}

async function showLog(card, entry) {
  const log = card.querySelector(".log");
  const text = await (await ask(entry.links.logs)).text();
  if (log.textContent === text) return;
  log.textContent = text;
  log.scrollTop = log.scrollHeight;
}

async function refresh() {
  const host = await (await ask("/host/processes")).json();
  const main = find("processes"), seen = new Set();
  for (const entry of host.processes) {
    const id = entry.process.processId;
    if (!cards.has(id)) cards.set(id, makeCard(entry));
    seen.add(id);
    show(cards.get(id), entry);
    main.append(cards.get(id));
  }
  for (const [id, card] of cards) if (!seen.has(id)) { card.remove(); cards.delete(id); }
  const live = host.processes.filter(entry => !entry.isOver).length;
  find("summary").textContent = live + (live === 1 ? " process" : " processes") + " on "
    + host.hostname + ", version " + host.version;
  await Promise.allSettled(host.processes.map(entry =>
    showLog(cards.get(entry.process.processId), entry)));
}

async function cycle() {
  clearTimeout(timer);
  find("entry").hidden = token !== null;
  if (token === null) return find("token").focus();
  try {
    await refresh();
    sessionStorage.setItem("token", token);
    find("notice").textContent = cards.size ? "" : "No process has been started yet.";
  } catch (problem) {
    find("notice").textContent = problem.message;
    if (problem.message.includes("token")) {
      sessionStorage.removeItem("token");
      token = null;
      find("entry").hidden = false;
      return;
    }
  }
  timer = setTimeout(cycle, refreshSeconds * 1000);
}

find("entry").addEventListener("submit", event => {
  event.preventDefault();
  token = find("token").value;
  cycle();
});
cycle();
]=]

return page
