// SPDX-License-Identifier: MIT
// The page of duoemu run --web. Messages: docs/board.md.
"use strict";

const at = id => document.getElementById(id);
const KEPT = 60000; // characters of a terminal
const lines = new Map(); // name: {text, decoder}
let socket = null, state = null, chosen = "USART3", notes = 0;

function send(message) {
  if (socket && socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify(message));
  }
}

function element(tag, className, text) {
  const e = document.createElement(tag);
  e.className = className || "";
  if (text !== undefined) {
    e.textContent = text;
  }
  return e;
}

function hertz(hz) {
  return hz >= 1e6 ? (hz / 1e6).toLocaleString("en", {maximumFractionDigits: 3}) + " MHz" : hz ? (hz / 1e3) + " kHz" : "off";
}

// ---- cores, LEDs, flash ----

function showCore(core) {
  const box = element("div", "core " + core.doing.split(" ")[0]);
  const head = element("h2", "", core.name === "M7" ? "Cortex-M7" : "Cortex-M4");
  head.append(element("span", "doing", core.doing));
  const figures = element("dl");
  for (const [name, value] of [["pc", core.pc || "-"], ["clock", hertz(core.hz)], ["cycles", core.cycles.toLocaleString("en")]]) {
    figures.append(element("dt", "", name), element("dd", "", value));
  }
  box.append(head, element("code", "", core.where || "-"), figures);
  return box;
}

function showLed(led) {
  const box = element("span", "led " + led.color + (led.on ? " on" : ""));
  box.title = led.pin;
  box.append(element("i"), element("span", "", led.name));
  return box;
}

function edgeOf(version) { // the same colour for the same version
  let hue = 0;
  for (const c of version) {
    hue = (hue * 31 + c.charCodeAt(0) * 47) % 360;
  }
  return version ? `hsl(${hue} 65% 50%)` : "";
}

function showSector(sector, index, bank) {
  const words = 4096, box = element("div", "sector u-" + sector.use);
  const fill = element("div", "fill");
  fill.style.height = (sector.used && Math.max(4, 100 * sector.used / words)) + "%";
  box.style.borderColor = edgeOf(sector.version);
  box.append(fill, element("span", "", sector.name), element("span", "version", sector.version));
  box.classList.toggle("torn", sector.torn > 0);
  box.title = `bank ${bank + 1}, sector ${index}: ${sector.used} of ${words} words programmed, ${sector.torn} damaged`;
  return box;
}

function showBank(bank, index) {
  const box = element("div", "bank" + (bank.busy ? " busy" : ""));
  const sectors = element("div", "sectors");
  sectors.append(...bank.sectors.map((s, i) => showSector(s, i, index)));
  box.append(element("h3", "", `bank ${index + 1}${bank.busy ? ": working" : ""}`), sectors);
  return box;
}

function showJournal(records) {
  if (!records.length) {
    return [element("li", "empty", "empty: as from the factory")];
  }
  return records.map(r => {
    const item = element("li", "", r.text + " ");
    item.value = r.number;
    item.append(element("span", "soft", (r.reason ? r.reason + "; " : "") + "security counter " + r.counter));
    return item;
  });
}

// ---- serial lines ----

function lineOf(name) {
  if (!lines.has(name)) {
    lines.set(name, {text: "", decoder: new TextDecoder()});
  }
  return lines.get(name);
}

function takeBytes(message) {
  const line = lineOf(message.name);
  const bytes = Uint8Array.from(message.bytes, c => c.charCodeAt(0));
  for (const c of line.decoder.decode(bytes, {stream: true})) {
    if (c === "\b") {
      line.text = line.text.slice(0, -1);
    } else if (c !== "\r" && c !== "\0") {
      line.text += c;
    }
  }
  line.text = line.text.slice(-KEPT);
  if (message.name === chosen) {
    showTerminal();
  }
}

function showTerminal() {
  const terminal = at("terminal"), below = terminal.scrollHeight - terminal.scrollTop - terminal.clientHeight < 40;
  terminal.textContent = lineOf(chosen).text;
  if (below) {
    terminal.scrollTop = terminal.scrollHeight;
  }
}

function showTabs() {
  const shown = state.uarts.filter(u => u.baud || u.sent || u.name === chosen);
  const tabs = shown.map(u => {
    const tab = element("button", u.name === chosen ? "chosen" : "", u.name + (u.baud ? " " + u.baud : ""));
    tab.addEventListener("click", () => { chosen = u.name; showTabs(); showTerminal(); });
    return tab;
  });
  if (at("tabs").textContent !== tabs.map(t => t.textContent).join("") || !at("tabs").querySelector(".chosen")) {
    at("tabs").replaceChildren(...tabs); // not while somebody clicks
  } else {
    [...at("tabs").children].forEach((tab, i) => { tab.className = tabs[i].className; });
  }
}

const keys = {Enter: "\r", Backspace: "\b", Tab: "\t", Escape: "\x1b"};

function typeKey(event) {
  let text = keys[event.key] || (event.key.length === 1 ? event.key : "");
  if (event.ctrlKey && /^[a-z]$/i.test(event.key)) {
    text = String.fromCharCode(event.key.toLowerCase().charCodeAt(0) & 31);
  }
  if (text && !event.metaKey && !event.altKey) {
    event.preventDefault();
    send({do: "type", uart: chosen, text});
  }
}

// ---- all of it ----

function showControls() {
  const off = state.power === "off", stopped = state.power === "stopped";
  at("power").textContent = state.power === "on" ? "running" : state.power === "off" ? "no power" : "stopped";
  at("power").className = state.power;
  at("stop").textContent = stopped ? "Go" : "Stop";
  for (const id of ["stop", "reset"]) {
    at(id).disabled = off;
  }
  for (const id of ["step", "step7", "step4"]) {
    at(id).disabled = !stopped;
  }
  at("plug").textContent = off ? "Plug in" : "Pull the plug";
  at("button").classList.toggle("down", state.pressed);
}

function showState(message) {
  state = message;
  at("time").textContent = state.time.toFixed(3) + " s";
  at("cores").replaceChildren(...state.cores.map(showCore));
  at("leds").replaceChildren(...state.leds.map(showLed));
  at("banks").replaceChildren(...state.flash.map(showBank));
  at("journal").replaceChildren(...showJournal(state.journal));
  at("work").textContent = `${state.erases[0] + state.erases[1]} erases, ${state.programs[0] + state.programs[1]} words programmed, system clock ${hertz(state.clocks.system)}`;
  showControls();
  showTabs();
  document.body.dataset.ready = "yes";
}

function addNote(text, time, name) {
  const item = element("li", "", text + " ");
  item.value = ++notes;
  item.append(element("span", "soft", time === undefined ? "" : `${name}, ${time.toFixed(6)} s`));
  at("notes").prepend(item);
  while (at("notes").children.length > 100) {
    at("notes").lastChild.remove();
  }
}

const takers = {
  state: showState,
  uart: takeBytes,
  note: m => addNote(m.text, m.time, m.name),
  error: m => addNote("not done: " + m.text),
};

function connect() {
  socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/", "duoemu");
  socket.onopen = () => { lines.clear(); };
  socket.onmessage = event => {
    const message = JSON.parse(event.data);
    (takers[message.type] || (() => {}))(message);
  };
  socket.onclose = () => {
    at("power").textContent = "duoemu has ended";
    at("power").className = "off";
    setTimeout(connect, 1000);
  };
}

function press(down) {
  send({do: down ? "press" : "release", pin: "PC13"});
}

at("stop").addEventListener("click", () => send({do: state.power === "stopped" ? "go" : "stop"}));
at("step").addEventListener("click", () => send({do: "step", time: "1ms"}));
at("step7").addEventListener("click", () => send({do: "step", core: "m7"}));
at("step4").addEventListener("click", () => send({do: "step", core: "m4"}));
at("reset").addEventListener("click", () => send({do: "reset"}));
at("plug").addEventListener("click", () => send({do: state.power === "off" ? "plug" : "unplug"}));
at("button").addEventListener("pointerdown", () => press(true));
at("button").addEventListener("keydown", e => e.key === " " && !e.repeat && press(true));
at("button").addEventListener("keyup", e => e.key === " " && press(at("hold").checked));
for (const end of ["pointerup", "pointerleave"]) {
  at("button").addEventListener(end, () => state && state.pressed && press(at("hold").checked));
}
at("hold").addEventListener("change", () => press(at("hold").checked));
at("terminal").addEventListener("keydown", typeKey);
at("terminal").addEventListener("paste", e => send({do: "type", uart: chosen, text: e.clipboardData.getData("text").replace(/\n/g, "\r")}));
at("typed").addEventListener("submit", e => {
  e.preventDefault();
  send({do: "type", uart: chosen, text: at("text").value || "\r"});
  at("text").value = "";
});
connect();
