// The trends page: loads what the history holds, follows the stream, holds, zooms, and fills the table of values.

import { Chart } from "./trend-chart.js";
import { Track, number, words } from "./trend-data.js";

const RELOAD_MS = 30_000, RETRY_MS = 3_000, LEAST_VIEW_MS = 2_000, QUICK_MS = 200, SLOW_MS = 1_000;
const QUALITIES = ["good", "uncertain", "bad", "stale"];
const page = document.getElementById("trend"), place = document.getElementById("chart");
const [hold, reset, csv, message] = ["hold", "reset", "csv", "trend-message"].map((id) => document.getElementById(id));
const span = document.querySelector(`.segments a[data-span="${page.dataset.name}"]`);
const optional = (text) => (text === "" ? null : Number(text));

const rows = [...document.querySelectorAll("#values tr[data-id]")].map((row) => {
  const { id, name, unit, decimals, min, max, low, high, digital, on, off, recorded } = row.dataset;
  const channel = {
    id, name, unit, decimals: Number(decimals), min: Number(min), max: Number(max), lowLimit: optional(low), highLimit: optional(high),
    isDigital: digital === "true", isRecorded: recorded === "true", onText: on, offText: off, pen: row.querySelector(".pen-sample"),
  };
  return { channel, track: new Track(channel), cells: Object.fromEntries([...row.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell])) };
});
const tracks = rows.map((row) => row.track);

const fixed = page.dataset.to ? [Number(page.dataset.from), Number(page.dataset.to)] : null;
const state = { zoom: fixed, isHeld: false, view: [0, 1], bucketMs: 1000, cursor: null, loadedAt: 0, ahead: Number(page.dataset.now) - Date.now(), drawn: 0, isWaiting: false };
const now = () => Date.now() + state.ahead;
const isFollowing = () => !state.zoom && !state.isHeld;
const wanted = () => {
  if (state.zoom) return state.zoom;
  if (state.isHeld) return state.view;
  const to = now();
  return [page.dataset.since ? Math.min(Number(page.dataset.since), to - LEAST_VIEW_MS) : to - Number(page.dataset.span), to];
};

const chart = new Chart(place, tracks, {
  zone: page.dataset.zone,
  onZoom: (from, to) => zoom(from, to),
  onCursor: (at) => { state.cursor = at; chart?.mark(at); fill(); },
});

let request = null;
const load = async () => {
  request?.abort();
  const mine = request = new AbortController(), [from, to] = wanted();
  const width = Math.min(2000, Math.max(200, Math.round(place.clientWidth)));
  const query = new URLSearchParams({ channels: page.dataset.channels, from: Math.floor(from), to: Math.ceil(to), width });
  try {
    const answer = await fetch(`/trends/data?${query}`, { signal: mine.signal, headers: { Accept: "application/json" } });
    const isJson = answer.headers.get("Content-Type")?.includes("json"), data = isJson ? await answer.json() : {};
    if (!answer.ok || !isJson) throw new Error(data.detail ?? `the appliance answered ${answer.status}.`);
    data.channels.forEach((seed, index) => {
      const track = tracks[index], isAll = track.channel.isRecorded || !track.at.length;   // else only this page has seen its values
      if (isAll) track.seed({ ...seed, until: Math.min(data.until, data.to) });
    });
    state.bucketMs = Math.max(1, (data.to - data.from) / width);
    state.loadedAt = performance.now();
    say("");
  } catch (error) {
    if (mine.signal.aborted) return;
    say(`The history could not be loaded: ${error.message} Trying again.`);
    setTimeout(load, RETRY_MS);
  }
  place.dataset.loaded = "true";
  draw();
};

const say = (text) => { message.textContent = text; message.hidden = !text; };

const draw = () => {
  state.isWaiting = false;
  state.drawn = performance.now();
  state.view = wanted();
  chart.show(...state.view);
  chart.mark(state.cursor);
  fill();
};

// At most five times a second; where a second is less than a pixel, once a second.
const drawSoon = () => {
  if (state.isWaiting) return;
  state.isWaiting = true;
  const pause = state.view[1] - state.view[0] > 3_600_000 ? SLOW_MS : QUICK_MS;
  setTimeout(() => requestAnimationFrame(draw), Math.max(0, state.drawn + pause - performance.now()));
};

const put = (cell, text) => { if (cell.textContent !== text) cell.textContent = text; };

const fill = () => {
  const [from, to] = state.view;
  put(document.getElementById("when"), state.cursor === null ? "Now" : `At ${chart.moment(state.cursor)}`);
  for (const { channel, track, cells } of rows) {
    const seen = track.statistics(from, to), { decimals } = channel;
    const isSilent = track.now.quality === "none";   // until then the cell says what the server knew
    const live = isSilent ? cells.now.textContent : track.now.quality === "bad" ? "Bad" : track.now.quality === "stale" ? "Stale" : words(channel, track.now.value);
    put(cells.now, state.cursor === null ? live : words(channel, track.valueAt(state.cursor)));
    if (channel.isDigital) put(cells.mean, seen ? `${channel.onText} ${number(seen.mean * 100, 0)} %` : "–");
    else for (const cell of ["low", "mean", "high"]) put(cells[cell], seen ? number(seen[cell], decimals) : "–");
  }
};

const take = (text) => {
  const { at, values } = JSON.parse(text);
  state.ahead = at - Date.now();
  for (const [index, seenAt, value, quality] of values) {
    const track = tracks[index], trusted = quality < 2 ? value : null;
    track.now = { at: seenAt, value: trusted, quality: QUALITIES[quality] };
    if (isFollowing() && state.loadedAt) track.take(seenAt, trusted, state.bucketMs);
  }
  if (!isFollowing()) return state.cursor === null ? fill() : undefined;
  for (const track of tracks) track.trim(state.view[0]);
  if (performance.now() - state.loadedAt > Math.max(RELOAD_MS, state.bucketMs * 20)) load();
  drawSoon();
};

const showControls = () => {
  hold.setAttribute("aria-pressed", String(!isFollowing()));
  hold.querySelector("span").textContent = isFollowing() ? "Hold" : "Follow";
  hold.querySelector("[data-shows=hold]").toggleAttribute("hidden", !isFollowing());
  hold.querySelector("[data-shows=follow]").toggleAttribute("hidden", isFollowing());
  reset.hidden = !state.zoom;
  if (state.zoom) span?.removeAttribute("aria-current"); else span?.setAttribute("aria-current", "true");
  const address = new URL(location.href);
  for (const [name, value] of [["from", state.zoom?.[0]], ["to", state.zoom?.[1]]])
    if (state.zoom) address.searchParams.set(name, Math.round(value)); else address.searchParams.delete(name);
  history.replaceState(null, "", address);
};

const zoom = (from, to) => {
  const middle = (from + to) / 2, half = Math.max(to - from, LEAST_VIEW_MS) / 2;
  state.zoom = [middle - half, middle + half];
  showControls();
  draw();
  load();
};

const follow = () => {
  state.zoom = null;
  state.isHeld = false;
  showControls();
  load();
};

hold.addEventListener("click", () => {
  if (!isFollowing()) return follow();
  state.isHeld = true;
  showControls();
});
reset.addEventListener("click", () => { follow(); hold.focus(); });
for (const link of [csv, document.getElementById("export")]) {
  link.addEventListener("click", () => {
    const [from, to] = state.view, query = new URLSearchParams({ channels: page.dataset.channels, from: Math.floor(from), to: Math.ceil(to) });
    link.href = `${link.pathname}?${query}`;
  });
}

place.addEventListener("keydown", (it) => {
  const [from, to] = state.view, span = to - from, at = state.cursor ?? to, step = span / (it.shiftKey ? 10 : 100);
  const moves = { ArrowLeft: -step, ArrowRight: step };
  if (it.key in moves) chart.moveCursor(Math.min(to, Math.max(from, at + moves[it.key])));
  else if (it.key === "+") zoom(Math.max(from, at - span / 4), Math.min(to, at + span / 4));
  else if (it.key === "-") zoom(from - span / 2, Math.min(now(), to + span / 2));
  else if (it.key === "Escape") chart.moveCursor(null);
  else return;
  it.preventDefault();
});

page.addEventListener("samples", (it) => take(it.detail.data));
document.addEventListener("htmx:sse:after:connection", () => { if (state.loadedAt && isFollowing()) load(); });
new ResizeObserver(() => { chart.resize(); drawSoon(); }).observe(place);
new MutationObserver(() => chart.restyle()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) matchMedia(query).addEventListener("change", () => chart.restyle());

showControls();
load();
