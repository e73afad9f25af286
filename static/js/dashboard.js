// A dashboard: its charts, fed by the one stream of the page, and what to do when it was changed somewhere else.

import "./confirm.js";
import "./outputs.js";
import "./picture-widget.js";
import { Chart } from "./trend-chart.js";
import { Track, words } from "./trend-data.js";
import { Source } from "./trend-source.js";

const REDRAW_MS = 450, REFINE_MS = 120_000;
const board = document.getElementById("board"), order = board.dataset.channels.split(" ").filter(Boolean);
const optional = (text) => (text === "" ? null : Number(text));
let ahead = Number(board.dataset.now) - Date.now();
const now = () => Date.now() + ahead;

const readPen = (row) => {
  const { id, name, unit, decimals, min, max, low, high, digital, on, off, recorded } = row.dataset;
  return {
    id, name, unit, decimals: Number(decimals), min: Number(min), max: Number(max), lowLimit: optional(low), highLimit: optional(high),
    isDigital: digital === "true", isRecorded: recorded === "true", onText: on, offText: off, pen: row.querySelector(".pen-sample"), now: row.querySelector("[data-now]"),
  };
};

// One chart: the last so many minutes of a few channels.
class Course {
  constructor(place) {
    this.place = place;
    this.span = Number(place.dataset.span);
    this.tracks = [...place.closest(".widget").querySelectorAll(".widget-pens li")].map((row) => new Track(readPen(row)));
    this.trouble = place.closest(".widget").querySelector(".widget-trouble");
    this.chart = new Chart(place, this.tracks, { zone: board.dataset.zone, onCursor: () => {}, fits: true });
    this.bucketMs = 1000;
    this.loadedAt = 0;
    this.drawn = 0;
    this.source = new Source({
      ids: () => this.tracks.map((track) => track.channel.id), width: () => Math.max(200, place.clientWidth), now,
      onTrouble: (sentence) => this.say(sentence), onData: (answer) => this.seed(answer),
    });
    new ResizeObserver(() => { this.chart.resize(); this.draw(); }).observe(place);
    this.load();
  }

  say(sentence) {
    this.trouble.textContent = sentence ? this.trouble.dataset.trouble.replace("%s", sentence) : "";
    this.trouble.hidden = !sentence;
  }

  load() { this.source.see(now() - this.span, now(), { isFresh: true }); }

  seed(answer) {
    answer.channels.forEach((entry, index) => {
      const track = this.tracks[index];
      if (track.channel.isRecorded || !track.at.length) track.seed({ ...entry, until: Math.min(answer.until, answer.to) });
    });
    this.bucketMs = Math.max(1, answer.step);
    this.loadedAt = performance.now();
    this.place.dataset.loaded = "true";
    this.draw();
  }

  take(id, at, value, quality) {
    for (const track of this.tracks) {
      if (track.channel.id !== id) continue;
      const trusted = quality < 2 ? value : null;
      if (this.loadedAt) track.take(at, trusted, quality, this.bucketMs);
      const text = quality === 2 ? this.place.dataset.bad : quality === 3 ? this.place.dataset.stale : words(track.channel, trusted);
      if (track.channel.now.textContent !== text) track.channel.now.textContent = text;
    }
  }

  // Where a second is less than a pixel it need not be drawn twice in it.
  drawSoon() {
    const pause = Math.max(REDRAW_MS, Math.min(10_000, this.span / Math.max(200, this.place.clientWidth)));
    if (!document.hidden && performance.now() - this.drawn >= pause) requestAnimationFrame(() => this.draw());
    // Values come twice a second: from time to time the history says what lay between them.
    if (this.loadedAt && performance.now() - this.loadedAt > Math.max(REFINE_MS, this.bucketMs * 20)) {
      this.loadedAt = performance.now();
      this.load();
    }
  }

  draw() {
    const to = now(), from = to - this.span;
    this.drawn = performance.now();
    for (const track of this.tracks) track.trim(from);
    this.chart.painter.latest = to;
    this.chart.show(from, to);
  }
}

const courses = order.length ? [...document.querySelectorAll(".widget-chart")].map((place) => new Course(place)) : [];

board.addEventListener("samples", (it) => {
  const { at, values } = JSON.parse(it.detail.data);
  ahead = at - Date.now();
  for (const [index, seenAt, value, quality] of values) for (const course of courses) course.take(order[index], seenAt, value, quality);
  for (const course of courses) course.drawSoon();
});
let isLost = false;
document.addEventListener("htmx:sse:after:connection", () => { if (isLost) for (const course of courses) course.load(); isLost = false; });
new MutationObserver(() => { isLost ||= document.documentElement.hasAttribute("data-lost"); }).observe(document.documentElement, { attributeFilter: ["data-lost"] });
document.addEventListener("visibilitychange", () => { if (!document.hidden) for (const course of courses) course.load(); });

const restyle = () => { for (const course of courses) course.chart.restyle(); };
new MutationObserver(restyle).observe(document.documentElement, { attributeFilter: ["data-theme"] });
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) matchMedia(query).addEventListener("change", restyle);

// A slider and the number beside it say the same; only the number is sent.
const POINT = document.documentElement.lang === "de" ? "," : ".";
for (const form of document.querySelectorAll(".widget-setting")) {
  const slider = form.querySelector("[type=range]"), field = form.elements.value;
  const decimals = Number(form.dataset.decimals);
  slider.addEventListener("input", () => { field.value = slider.valueAsNumber.toFixed(decimals).replace(".", POINT); });
  field.addEventListener("input", () => {
    const typed = Number(field.value.trim().replace("−", "-").replace(",", "."));
    if (field.value.trim() && Number.isFinite(typed)) slider.valueAsNumber = typed;
  });
}

// Changed by somebody: shown anew, unless it is being arranged here (dashboard-grid.js then says so).
board.addEventListener("dashboard", (it) => {
  if (!("editing" in board.dataset) && it.detail.data !== board.dataset.seen) location.reload();
});
