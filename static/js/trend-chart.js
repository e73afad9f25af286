// A strip chart: time axis and cursor by uPlot, everything else by its painter; hands are put on it by trend-hands.js.
//
//   const chart = new Chart(place, tracks, { zone: "Europe/Berlin", onCursor: (at) => … });   // uPlot must be loaded
//   chart.show(from, to);   // UTC ms; draw this span of the tracks (see trend-data.js), in the next frame

import { LANGUAGE } from "./trend-data.js";
import { BAR_STEP, NAME_ROOM, NARROW, Painter, TOP } from "./trend-painter.js";

const SECOND = 1000, MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const STEPS = [
  ...[100, 200, 500], ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND), ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR), ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY),
];

const two = (n) => String(Math.floor(n)).padStart(2, "0");

// Time since zero: 0:05:00, −0:01:30, 3 d 4:00.
export const elapsed = (ms) => {
  const s = Math.abs(ms) / 1000, days = Math.floor(s / 86_400);
  return `${ms < 0 ? "−" : ""}${days ? `${days} d ` : ""}${Math.floor((s / 3600) % 24)}:${two((s / 60) % 60)}:${two(s % 60)}`;
};

export class Chart {
  constructor(place, tracks, { zone, onCursor, zero = null, fits = false }) {
    this.place = place;
    this.tracks = tracks;
    this.painter = new Painter(tracks);
    this.painter.fits = fits;
    this.view = [0, 1];
    this.zone = zone;
    this.zero = zero;   // where time counts from, null: the clock
    this.fits = fits;   // as high as its place, whose names stand beside it; else as high as it wants to be
    this.clock = this.formats(zone);
    this.flag = document.createElement("output");
    this.flag.className = "trend-flag";
    this.flag.hidden = true;
    this.plot = new uPlot(this.options(onCursor), [[0, 1], [null, null]], place);
    this.plot.over.append(this.flag);
  }

  formats(zone) {
    const make = (options) => new Intl.DateTimeFormat(LANGUAGE, { timeZone: zone, hourCycle: "h23", ...options });
    return {
      second: make({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
      minute: make({ hour: "2-digit", minute: "2-digit" }),
      day: make({ day: "numeric", month: "short" }),
      year: make({ day: "numeric", month: "short", year: "numeric" }),
    };
  }

  // A moment as short as the span of the chart allows.
  moment(at) {
    if (this.zero !== null) return elapsed(at - this.zero);
    const long = this.view[1] - this.view[0] > DAY ? `${this.clock.day.format(at)} ` : "";
    return long + (this.view[1] - this.view[0] > 2 * HOUR ? this.clock.minute : this.clock.second).format(at);
  }

  options(onCursor) {
    const [width, height] = this.size();
    return {
      width, height, ms: 1, legend: { show: false },
      padding: [this.fits ? 10 : TOP, () => this.margin(), 0, () => (this.isNarrow() ? 44 : 60)],
      tzDate: (at) => uPlot.tzDate(new Date(at), this.zone),
      scales: { x: { time: true } },
      series: [{}, { show: false }],
      axes: [{
        stroke: () => this.painter.look["ink-3"], font: this.painter.font(), size: 30, gap: 6, space: this.isNarrow() ? 70 : 90, incrs: STEPS,
        grid: { stroke: () => this.painter.look.grid, width: 1 }, ticks: { show: false },
        splits: this.zero === null ? undefined : (_, __, from, to, step) => this.splits(from, to, step),
        values: (_, splits, __, ___, step) => splits.map((at, index) => this.label(at, splits[index - 1], step)),
      }, { show: false }],
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
      hooks: {
        drawClear: [(plot) => this.painter.below(plot, this.view)],
        draw: [() => this.painter.above()],
        setCursor: [(plot) => onCursor(plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null)],
      },
    };
  }

  // Where the axis has its words, counted from zero.
  splits(from, to, step) {
    const found = [];
    for (let at = this.zero + Math.ceil((from - this.zero) / step) * step; at <= to; at += step) found.push(at);
    return found;
  }

  label(at, before, step) {
    if (this.zero !== null) return elapsed(at - this.zero);
    if (step >= 90 * DAY) return this.clock.year.format(at);
    if (step >= DAY) return this.clock.day.format(at);
    const day = this.clock.day.format(at);
    if (before !== undefined && day !== this.clock.day.format(before)) return day;
    const tenths = step < SECOND ? `.${Math.floor((at % SECOND) / 100)}` : "";
    return (step < MINUTE ? this.clock.second : this.clock.minute).format(at) + tenths;
  }

  // Room at the right for the longest name, within reason.
  margin() {
    if (this.fits || this.isNarrow()) return 12;
    this.ruler ??= document.createElement("canvas").getContext("2d");
    this.ruler.font = this.painter.font(700);
    const widths = this.tracks.map((track) => this.ruler.measureText(track.channel.name).width);
    return 16 + Math.min(NAME_ROOM * this.painter.look.rem, Math.max(...widths));
  }

  isNarrow() { return this.place.clientWidth < NARROW; }

  size() {
    if (this.fits) return [this.place.clientWidth, Math.max(60, this.place.clientHeight)];
    const wanted = TOP + 34 + this.painter.lanes.length * 92 + this.painter.digital.length * BAR_STEP;
    return [this.place.clientWidth, Math.max(wanted, Math.min(704, window.innerHeight - (this.isNarrow() ? 480 : 444)), 200)];
  }

  resize() {
    const [width, height] = this.size();
    if (width !== this.plot.width || height !== this.plot.height) this.plot.setSize({ width, height });
  }

  // Read the tokens again: another theme, another contrast.
  restyle() {
    this.painter.restyle();
    this.plot.redraw(false, true);
  }

  show(from, to) {
    this.view = [from, to];
    this.plot.batch(() => {
      this.plot.setData([[from, to], [null, null]], false);
      this.plot.setScale("x", { min: from, max: to });
    });
  }

  // The span that a hand is choosing, in pixels; two equal ends take it away.
  select(from, to) {
    const left = Math.min(from, to), width = Math.abs(to - from);
    this.plot.setSelect({ left, width, top: 0, height: width ? this.plot.over.clientHeight : 0 }, false);
  }

  // The flag on top of the cursor; null takes it away.
  mark(at) {
    this.flag.hidden = at === null;
    if (at === null) return;
    this.flag.textContent = this.moment(at);
    const left = Math.min(Math.max(this.plot.valToPos(at, "x"), 30), this.plot.over.clientWidth - 30);
    this.flag.style.transform = `translateX(calc(${left}px - 50%))`;
  }

}
