"use strict";

const refreshMilliseconds = 1000;
const find = id => document.getElementById(id);
const rows = new Map(); // by process id: { row, details, entry, log }
const only = { statuses: null, apps: null }; // what is shown alone
let token = sessionStorage.getItem("token");
let timer;

// A link may carry the token behind #, which no server is ever sent.
if (location.hash.startsWith("#token=")) {
  token = decodeURIComponent(location.hash.slice("#token=".length));
  history.replaceState(null, "", location.pathname);
}

// Asking the host.

class WrongToken extends Error {}

async function ask(path, options = {}) {
  const reply = await fetch(path, { ...options, headers: { Authorization: "Bearer " + token } })
    .catch(problem => {
      if (problem.name === "AbortError") throw problem;
      throw new Error("The host does not answer. Trying again.");
    });
  if (reply.ok) return reply;
  const problem = await reply.json().catch(() => ({}));
  if (reply.status === 401) {
    throw new WrongToken("This host does not know that token. "
      + "Its tokens are in its configuration, under tokens.");
  }
  throw new Error(problem.message || "The host answered " + reply.status + ".");
}

// Words and numbers.

function ageOf(process) {
  const end = process.terminatedAt ? Date.parse(process.terminatedAt) : Date.now();
  let seconds = Math.max(0, Math.floor((end - Date.parse(process.createdAt)) / 1000));
  const parts = [];
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
    if (seconds >= size && parts.length < 2) parts.push(Math.floor(seconds / size) + " " + unit);
    seconds %= size;
  }
  return parts.join(" ") || "0 s";
}

const addressOf = port => port.host + ":" + port.port;

function portsOf(process) {
  return [process.exposedPort, ...process.additionalExposedPorts].filter(Boolean)
    .map(port => (port.name === "default" ? "" : port.name + " ") + addressOf(port) + "/"
      + port.transportType)
    .join("\n");
}

const percentOf = share => share === undefined ? "" : (100 * share).toFixed(1) + " %";
const megabytesOf = bytes => bytes ? (bytes / 1048576).toFixed(bytes < 1e7 ? 1 : 0) + " MB" : "";

function textOf(entry) {
  const process = entry.process;
  return [process.processId, process.appId, process.region, process.region.replace(/_/g, " "),
    process.status, entry.engine, portsOf(process), entry.reason, ...(entry.rooms || [])]
    .join(" ").toLowerCase();
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Over plain HTTP from elsewhere a browser has no clipboard to offer but this.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1200);
}

// A row, and what it opens to.

function fill(shown) {
  const { row, entry } = shown, process = entry.process;
  const taken = !entry.isOver && host.usage[process.processId] || {};
  row.className = "process " + process.status;
  const texts = {
    status: process.status, app: process.appId, region: process.region.replace(/_/g, " "),
    id: process.processId,
    ports: entry.isOver ? entry.reason || "" : portsOf(process) || "none yet",
    rooms: process.roomsAllocated + " of " + process.roomsPerProcess, age: ageOf(process),
    cpu: percentOf(taken.cpu), memory: megabytesOf(taken.memoryBytes),
  };
  for (const [name, text] of Object.entries(texts)) setText(row.querySelector("." + name), text);
  row.querySelector(".ports").dataset.name = entry.isOver ? "Reason" : "Ports";
  if (shown.details) fillDetails(shown);
}

function fillDetails({ details, entry }) {
  setText(details.querySelector(".reason"), entry.reason || "");
  setText(details.querySelector(".engine"), entry.engine ? "engine: " + entry.engine : "");
  details.querySelector(".stop").hidden = entry.isOver;
  details.querySelector(".copy-address").hidden = !entry.process.exposedPort;
  const list = details.querySelector(".room-list"), rooms = entry.rooms || [];
  if (list.childElementCount !== rooms.length || list.textContent !== rooms.join("")) {
    list.replaceChildren(...rooms.map(room => {
      const item = document.createElement("li");
      item.textContent = room;
      return item;
    }));
  }
}

// Follow a log until the row is closed or the process has ended.
async function follow(shown) {
  const pre = shown.details.querySelector(".log"), stop = new AbortController();
  shown.stopFollowing = () => stop.abort();
  try {
    const reply = await ask(shown.entry.links.logs + "?follow=true&tailLines=200",
      { signal: stop.signal });
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      append(pre, value);
    }
  } catch (problem) {
    if (problem.name !== "AbortError") append(pre, problem.message);
  }
}

const keptCharacters = 500000;

// What is read stays in view, unless the reader has scrolled up.
function append(pre, text) {
  const isAtEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 30;
  pre.append(text);
  while (pre.textContent.length > keptCharacters && pre.childNodes.length > 1) {
    pre.firstChild.remove();
  }
  if (isAtEnd) pre.scrollTop = pre.scrollHeight;
}

function open(shown) {
  shown.details = find("details").content.firstElementChild.cloneNode(true);
  const { details } = shown, on = (name, act) =>
    details.querySelector(name).addEventListener("click", event => act(event.currentTarget));
  on(".stop", () => stop(shown));
  on(".copy-id", button => copy(shown.entry.process.processId, button));
  on(".copy-address", button => copy(addressOf(shown.entry.process.exposedPort), button));
  shown.row.after(details);
  shown.row.setAttribute("aria-expanded", "true");
  fillDetails(shown);
  follow(shown);
}

function close(shown) {
  if (!shown.details) return;
  shown.stopFollowing();
  shown.details.remove();
  shown.details = null;
  shown.row.setAttribute("aria-expanded", "false");
}

const toggle = shown => shown.details ? close(shown) : open(shown);

async function stop(shown) {
  const question = find("question");
  question.querySelector("strong").textContent = shown.entry.process.processId;
  question.returnValue = "";
  question.showModal();
  await new Promise(done => question.addEventListener("close", done, { once: true }));
  if (question.returnValue !== "stop") return;
  try {
    await ask(shown.entry.links.stop, { method: "POST" });
    await refresh();
  } catch (problem) {
    setText(find("notice"), problem.message);
  }
}

function makeRow(entry) {
  const row = find("row").content.firstElementChild.cloneNode(true);
  const shown = { row, entry, details: null };
  row.addEventListener("click", () => {
    if (getSelection().isCollapsed) toggle(shown); // text that is being selected is not a click
  });
  row.addEventListener("keydown", event => {
    const act = { Enter: toggle, " ": toggle, Escape: close }[event.key];
    if (!act) return;
    event.preventDefault();
    act(shown);
  });
  return shown;
}

// The table.

const isShown = (entry, words) =>
  (!only.statuses || entry.process.status === only.statuses)
  && (!only.apps || entry.process.appId === only.apps)
  && words.every(word => textOf(entry).includes(word));

// Put rows in order. Only those that are not in their place are moved, so that focus, selection
// and scrolling stay.
function place(body, list) {
  let next = body.firstElementChild;
  for (const { row, details } of list) {
    if (next === row) {
      next = (details || row).nextElementSibling;
    } else {
      body.insertBefore(row, next);
      if (details) body.insertBefore(details, next);
    }
  }
  while (next) {
    const after = next.nextElementSibling;
    next.remove();
    next = after;
  }
}

function showTable(entries) {
  const words = find("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const here = new Set(), live = [], ended = [];
  for (const entry of entries) {
    const id = entry.process.processId;
    here.add(id);
    const shown = rows.get(id) || makeRow(entry);
    rows.set(id, shown);
    shown.entry = entry;
    if (isShown(entry, words)) {
      fill(shown);
      (entry.isOver ? ended : live).push(shown);
    } else {
      close(shown);
    }
  }
  for (const [id, shown] of rows) if (!here.has(id)) { close(shown); rows.delete(id); }
  place(find("live"), live);
  place(find("ended"), ended);
  find("empty").hidden = entries.length > 0;
  find("tools").hidden = entries.length === 0;
  find("nothing").hidden = entries.length === 0 || live.length + ended.length > 0;
  document.querySelector("table").hidden = live.length + ended.length === 0;
}

function makeChip(group, value) {
  const chip = document.createElement("button");
  chip.className = "chip";
  chip.append(value + " ", document.createElement("b"));
  chip.addEventListener("click", () => {
    only[group] = only[group] === value ? null : value;
    show();
  });
  return chip;
}

const chips = { statuses: new Map(), apps: new Map() };

function showCounts(group, entries, valueOf) {
  const counts = new Map();
  for (const entry of entries) {
    counts.set(valueOf(entry), (counts.get(valueOf(entry)) || 0) + 1);
  }
  if (only[group] && !counts.has(only[group])) counts.set(only[group], 0);
  for (const [value, chip] of chips[group]) {
    if (!counts.has(value)) { chip.remove(); chips[group].delete(value); }
  }
  for (const [value, count] of [...counts].sort()) {
    const chip = chips[group].get(value) || makeChip(group, value);
    chips[group].set(value, chip);
    setText(chip.querySelector("b"), String(count));
    chip.setAttribute("aria-pressed", String(only[group] === value));
    if (!chip.parentNode) find(group).append(chip);
  }
}

let host = { processes: [], usage: {} };

function show() {
  const live = host.processes.filter(entry => !entry.isOver);
  setText(find("summary"), live.length + (live.length === 1 ? " process" : " processes") + " on "
    + host.hostname + ", version " + host.version);
  showCounts("statuses", host.processes, entry => entry.process.status);
  showCounts("apps", live, entry => entry.process.appId);
  showTable(host.processes);
}

// What a shell needs beside the token to start a first process.
function firstCommand() {
  return "export HATHORA_CLOUD_ENDPOINT=" + location.origin + "\n"
    + "export HATHORA_APP_ID='" + host.apps[0].replaceAll("'", "'\\''") + "'\n"
    + "hathora processes create --region Tokyo";
}

async function refresh() {
  host = await (await ask("/host/processes")).json();
  setText(find("first"), firstCommand());
  show();
}

// From one look to the next.

function showEntry(isWanted) {
  find("entry").hidden = !isWanted;
  find("console").hidden = isWanted;
  find("leave").hidden = isWanted;
  if (isWanted) find("token").focus();
}

function forgetToken() {
  sessionStorage.removeItem("token");
  token = null;
  for (const shown of rows.values()) close(shown);
  setText(find("summary"), "");
  showEntry(true);
}

async function cycle() {
  clearTimeout(timer);
  if (token === null) return showEntry(true);
  try {
    await refresh();
    sessionStorage.setItem("token", token);
    setText(find("notice"), "");
    showEntry(false);
  } catch (problem) {
    setText(find("notice"), problem.message);
    if (problem instanceof WrongToken) return forgetToken();
  }
  timer = setTimeout(cycle, document.hidden ? 10 * refreshMilliseconds : refreshMilliseconds);
}

find("entry").addEventListener("submit", event => {
  event.preventDefault();
  token = find("token").value;
  cycle();
});
find("leave").addEventListener("click", () => {
  clearTimeout(timer);
  forgetToken();
});
find("filter").addEventListener("input", show);
find("all").addEventListener("click", () => {
  only.statuses = only.apps = null;
  find("filter").value = "";
  show();
});
document.querySelector("#empty .copy").addEventListener("click", event =>
  copy(find("first").textContent, event.currentTarget));
document.addEventListener("visibilitychange", () => { if (!document.hidden) cycle(); });
document.addEventListener("keydown", event => {
  if (find("console").hidden || event.target.closest("input, dialog")) return;
  if (event.key === "/") {
    event.preventDefault();
    find("filter").focus();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const all = [...document.querySelectorAll("tr.process")];
  const at = all.indexOf(document.activeElement.closest("tr.process"));
  const next = all[at < 0 ? 0 : at + step];
  if (next) { event.preventDefault(); next.focus(); }
});
cycle();
