// The trends page: joins chart, source, hands, marks and table; follows the stream; keeps the view in the address.

import { readAddress, writeAddress } from "./trend-address.js";
import { Chart } from "./trend-chart.js";
import { Track } from "./trend-data.js";
import { Hands } from "./trend-hands.js";
import { Notes } from "./trend-notes.js";
import { printInLight, savePicture } from "./trend-picture.js";
import { Source } from "./trend-source.js";
import { Table, readRows } from "./trend-table.js";

const RELOAD_MS = 30_000, LEAST_VIEW_MS = 1_000, MOST_VIEW_MS = 3650 * 86_400_000, QUICK_MS = 200, SLOW_MS = 1_000, COUNT_MS = 10_000, AHEAD = 0.02;
const QUALITIES = ["good", "uncertain", "bad", "stale"];
const find = (id) => document.getElementById(id);
const page = find("trend"), place = find("chart"), texts = find("trend-words").dataset, message = find("trend-message");
const optional = (text) => (text === "" ? null : Number(text));

const rows = readRows(find("values"));
for (const row of rows) row.track = new Track(row.channel);
const tracks = rows.map((row) => row.track), ids = rows.map((row) => row.channel.id), asked = readAddress();

const state = {
  name: page.dataset.name, length: Number(page.dataset.span), since: optional(page.dataset.since),
  zoom: page.dataset.to ? [Number(page.dataset.from), Number(page.dataset.to)] : null, isHeld: false, view: [0, 1],
  shift: Number(page.dataset.shift), zero: optional(page.dataset.zero), beside: page.dataset.beside,
  hover: null, cursor: asked.cursor, logs: asked.logs, hidden: asked.hidden,
  bucketMs: 1000, loadedAt: 0, countedAt: 0, ahead: Number(page.dataset.now) - Date.now(), drawn: 0, isWaiting: false, isAsked: false,
};
const now = () => Date.now() + state.ahead;
const isFollowing = () => !state.zoom && !state.isHeld;
const at = () => state.hover ?? state.cursor;
const wanted = () => {
  if (state.zoom) return state.zoom;
  if (state.isHeld) return state.view;
  const to = now();
  return [state.since === null ? to - state.length : Math.min(state.since, to - LEAST_VIEW_MS), to];
};
const above = () => rows.filter((row) => row.threshold?.value && row.threshold.validity.valid).map((row) => [row.channel.id, row.threshold.value]);

const chart = new Chart(place, tracks, {
  zone: page.dataset.zone, zero: state.zero,
  onCursor: (moment) => { state.hover = moment; chart?.mark(at()); fill(); },
});
const { painter } = chart;
const beside = state.shift ? tracks.map((track) => new Track(track.channel)) : [];
painter.beside = beside;
painter.logs = state.logs;

const say = (sentence) => {
  message.textContent = sentence ? texts.trouble.replace("%s", sentence) : "";
  message.hidden = !sentence;
};
const width = () => Math.max(200, place.clientWidth);
const source = new Source({
  ids: () => ids, width, now, onTrouble: say,
  onData: (answer) => {
    answer.channels.forEach((entry, index) => {
      const track = tracks[index], isAll = track.channel.isRecorded || !track.at.length;   // else only this page has seen its values
      if (isAll) track.seed({ ...entry, until: Math.min(answer.until, answer.to) });
    });
    state.bucketMs = Math.max(1, answer.step);
    state.loadedAt = performance.now();
    place.dataset.loaded = "true";
    drawNow();
  },
});
const other = new Source({
  ids: () => ids, width, now, onTrouble: say,
  onData: (answer) => {
    answer.channels.forEach((entry, index) => beside[index].seed({ ...entry, until: Math.min(answer.until, answer.to) }, state.shift));
    place.dataset.compared = "true";
    drawNow();
  },
});
const notes = new Notes({
  ids: () => ids, words: texts, moment: (moment) => chart.moment(moment), onTrouble: say,
  onMarks: (marks) => {
    if (!marks) return notes.see(...state.view, { isFresh: true });
    painter.marks = marks;
    drawNow();
  },
});
const table = new Table(rows, { texts, when: find("when"), onTrouble: say });
table.onExact = () => fill();

const fill = () => {
  const moment = at();
  table.fill({ seen: state.view, at: moment, moment: moment === null ? "" : chart.moment(moment), beside });
};

const draw = () => {
  Object.assign(state, { isWaiting: false, isAsked: false, drawn: performance.now(), view: wanted() });
  painter.pin = state.cursor;
  painter.latest = now();
  chart.show(...state.view);
  chart.mark(at());
  fill();
  notes.show(...state.view, now());
};
// In the next frame, once.
const drawNow = () => {
  if (state.isAsked) return;
  state.isAsked = true;
  requestAnimationFrame(draw);
};
// At most five times a second; where a second is less than a pixel, once a second.
const drawSoon = () => {
  if (state.isWaiting || state.isAsked) return;
  state.isWaiting = true;
  const pause = state.view[1] - state.view[0] > 3_600_000 ? SLOW_MS : QUICK_MS;
  setTimeout(() => requestAnimationFrame(draw), Math.max(0, state.drawn + pause - performance.now()));
};

const countAgain = () => {
  state.countedAt = performance.now();
  table.see(...wanted(), above());
};

// Ask for whatever the view lacks.
const look = (more = {}) => {
  const [from, to] = wanted();
  source.see(from, to, more);
  if (beside.length) other.see(from - state.shift, to - state.shift, more);
  notes.see(from, to, more);
  countAgain();
};

const showControls = () => {
  const hold = find("hold"), isHeld = !isFollowing();
  hold.setAttribute("aria-pressed", String(isHeld));
  hold.querySelector("span").textContent = isHeld ? texts.follow : texts.hold;
  hold.querySelector("[data-shows=hold]").toggleAttribute("hidden", isHeld);
  hold.querySelector("[data-shows=follow]").toggleAttribute("hidden", !isHeld);
  for (const link of document.querySelectorAll(".segments a[data-span]"))
    if (link.dataset.span === state.name && !state.zoom) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  for (const row of rows) row.toggle.setAttribute("aria-pressed", String(!row.track.isHidden));
  writeAddress(ids, { ...state, above: above() });
};
let controls = 0;
const showControlsSoon = () => { clearTimeout(controls); controls = setTimeout(showControls, 150); };

const move = (from, to) => {
  const span = Math.min(MOST_VIEW_MS, Math.max(LEAST_VIEW_MS, to - from)), middle = (from + to) / 2;
  const end = Math.min(middle + span / 2, Math.max(now() + span * AHEAD, state.view[1]));
  const start = Math.max(0, end - span);
  Object.assign(state, { zoom: [start, start + span], isHeld: false });
  drawNow();
  look();
  showControlsSoon();
};

const follow = () => {
  Object.assign(state, { zoom: null, isHeld: false });
  showControls();
  look({ isFresh: true });
};

const pin = (moment) => {
  state.cursor = moment;
  state.hover = null;
  drawNow();
  showControlsSoon();
};

const hands = new Hands(chart, { view: () => state.view, onMove: move, onPin: pin, onNote: (moment) => notes.open(moment), cursor: () => state.cursor });

find("hold").addEventListener("click", () => {
  if (!isFollowing()) return follow();
  state.isHeld = true;
  showControls();
});
find("note")?.addEventListener("click", () => notes.open(state.cursor ?? Math.min(now(), state.view[1])));
for (const button of document.querySelectorAll("[data-hand]")) button.addEventListener("click", () => {
  const [act, amount] = button.dataset.hand.split(" ");
  hands[act](Number(amount));
});
for (const link of document.querySelectorAll(".segments a[data-span]")) link.addEventListener("click", (it) => {
  if (it.ctrlKey || it.metaKey || it.shiftKey || state.beside) return;
  it.preventDefault();
  Object.assign(state, { name: link.dataset.span, length: Number(link.dataset.length), since: optional(link.dataset.since) });
  follow();
});
for (const row of rows) {
  row.track.isHidden = state.hidden.has(row.channel.id);
  row.toggle.addEventListener("click", () => {
    row.track.isHidden = !row.track.isHidden;
    if (row.track.isHidden) state.hidden.add(row.channel.id); else state.hidden.delete(row.channel.id);
    drawNow();
    showControls();
  });
  row.threshold?.addEventListener("change", () => { countAgain(); showControls(); });
}
for (const box of document.querySelectorAll("[data-log]")) {
  box.checked = state.logs.has(box.dataset.log);
  box.addEventListener("change", () => {
    if (box.checked) state.logs.add(box.dataset.log); else state.logs.delete(box.dataset.log);
    drawNow();
    showControls();
  });
}
for (const link of [find("csv"), find("export")]) link.addEventListener("click", () => {
  const [from, to] = state.view;
  link.href = `${link.pathname}?${new URLSearchParams({ channels: ids.join(","), from: Math.floor(from), to: Math.ceil(to) })}`;
});
find("png").addEventListener("click", () => {
  const said = (row, cell) => row.cells[cell]?.textContent.trim() ?? "", shown = rows.map((row, index) => ({ row, index })).filter(({ row }) => !row.track.isHidden);
  const stamp = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: page.dataset.zone, dateStyle: "medium", timeStyle: "medium" });
  savePicture(chart, {
    title: page.dataset.site, span: `${stamp.format(state.view[0])} – ${stamp.format(state.view[1])} (${page.dataset.zone})`,
    rows: shown.map(({ row, index }) => ({ pen: index, texts: [`${row.channel.name}${row.channel.unit && !row.channel.isDigital ? `, ${row.channel.unit}` : ""}`, ...["low", "mean", "high", "sigma"].map((cell) => `${texts[cell]} ${said(row, cell)}`)] })),
    file: `trend_${new Date(state.view[0]).toISOString().slice(0, 19).replaceAll(":", "-")}.png`,
  });
});
find("copy").addEventListener("click", async () => {
  const [from, to] = state.view;
  state.zoom ??= [from, to];   // a link shows this span, not another one tomorrow
  showControls();
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  find("copied").hidden = false;
});
for (const form of document.querySelectorAll("form[data-keeps]")) form.addEventListener("submit", () => {
  const query = new URL(location.href).searchParams, names = new Set([...form.elements].map((it) => it.name));
  for (const old of form.querySelectorAll("[data-kept]")) old.remove();
  for (const [name, value] of query) {
    if (names.has(name) || form.dataset.keeps.split(" ").includes(name) || (name.startsWith("above.") && form.id === "choose")) continue;
    const kept = document.createElement("input");
    Object.assign(kept, { type: "hidden", name, value });
    kept.dataset.kept = "";
    form.append(kept);
  }
});

const take = (text) => {
  const { at: heard, values } = JSON.parse(text);
  state.ahead = heard - Date.now();
  for (const [index, seenAt, value, quality] of values) {
    const track = tracks[index], trusted = quality < 2 ? value : null;
    track.now = { at: seenAt, value: trusted, quality: QUALITIES[quality] };
    if (isFollowing() && state.loadedAt) track.take(seenAt, trusted, quality, state.bucketMs);
  }
  if (!isFollowing()) return at() === null ? fill() : undefined;
  for (const track of tracks) track.trim(state.view[0]);
  if (performance.now() - state.loadedAt > Math.max(RELOAD_MS, state.bucketMs * 20)) look({ isFresh: true });
  if (performance.now() - state.countedAt > COUNT_MS) countAgain();
  drawSoon();
};

page.addEventListener("samples", (it) => take(it.detail.data));
document.addEventListener("htmx:sse:after:connection", () => { if (state.loadedAt && isFollowing()) look({ isFresh: true }); });
new ResizeObserver(() => { chart.resize(); drawNow(); }).observe(place);
new MutationObserver(() => chart.restyle()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) matchMedia(query).addEventListener("change", () => chart.restyle());

printInLight(chart, place);
for (const input of document.querySelectorAll("[data-threshold][data-asked]")) input.value = input.dataset.asked;
state.view = wanted();
showControls();
look({ isFresh: true });
