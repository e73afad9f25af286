// The chart of the trends page: time axis, cursor and zoom by uPlot, everything else by its painter.

import { BAR_STEP, NAME_ROOM, NARROW, Painter, TOP } from "./trend-painter.js";

const SECOND = 1000, MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const STEPS = [
  ...[100, 200, 500], ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND), ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR), ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY),
];

export class Chart {
  constructor(place, tracks, { zone, onZoom, onCursor }) {
    this.place = place;
    this.tracks = tracks;
    this.painter = new Painter(tracks);
    this.view = [0, 1];
    this.zone = zone;
    this.clock = this.formats(zone);
    this.flag = document.createElement("output");
    this.flag.className = "trend-flag";
    this.flag.hidden = true;
    this.plot = new uPlot(this.options(onZoom, onCursor), [[0, 1], [null, null]], place);
    this.plot.over.append(this.flag);
  }

  formats(zone) {
    const make = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    return {
      second: make({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
      minute: make({ hour: "2-digit", minute: "2-digit" }),
      day: make({ day: "numeric", month: "short" }),
    };
  }

  // A moment as short as the span of the chart allows.
  moment(at) {
    const long = this.view[1] - this.view[0] > DAY ? `${this.clock.day.format(at)} ` : "";
    return long + (this.view[1] - this.view[0] > 2 * HOUR ? this.clock.minute : this.clock.second).format(at);
  }

  options(onZoom, onCursor) {
    const [width, height] = this.size();
    return {
      width, height, ms: 1, legend: { show: false },
      padding: [TOP, () => this.margin(), 0, () => (this.isNarrow() ? 44 : 60)],
      tzDate: (at) => uPlot.tzDate(new Date(at), this.zone),
      scales: { x: { time: true } },
      series: [{}, { show: false }],
      axes: [{
        stroke: () => this.painter.look["ink-3"], font: this.painter.font(), size: 30, gap: 6, space: this.isNarrow() ? 70 : 90, incrs: STEPS,
        grid: { stroke: () => this.painter.look.line, width: 1 }, ticks: { show: false },
        values: (_, splits, __, ___, step) => splits.map((at, index) => this.label(at, splits[index - 1], step)),
      }, { show: false }],
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 8 } },
      hooks: {
        drawClear: [(plot) => this.painter.below(plot, this.view)],
        draw: [() => this.painter.above()],
        setCursor: [(plot) => onCursor(plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null)],
        setSelect: [(plot) => {
          const { left, width: wide } = plot.select;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (wide > 8) onZoom(plot.posToVal(left, "x"), plot.posToVal(left + wide, "x"));
        }],
      },
    };
  }

  label(at, before, step) {
    if (step >= DAY) return this.clock.day.format(at);
    const day = this.clock.day.format(at);
    if (before !== undefined && day !== this.clock.day.format(before)) return day;
    const tenths = step < SECOND ? `.${Math.floor((at % SECOND) / 100)}` : "";
    return (step < MINUTE ? this.clock.second : this.clock.minute).format(at) + tenths;
  }

  // Room at the right for the longest name, within reason.
  margin() {
    if (this.isNarrow()) return 12;
    this.ruler ??= document.createElement("canvas").getContext("2d");
    this.ruler.font = this.painter.font(700);
    const widths = this.tracks.map((track) => this.ruler.measureText(track.channel.name).width);
    return 16 + Math.min(NAME_ROOM * this.painter.look.rem, Math.max(...widths));
  }

  isNarrow() { return this.place.clientWidth < NARROW; }

  size() {
    const wanted = TOP + 34 + this.painter.lanes.length * 92 + this.painter.digital.length * BAR_STEP;
    return [this.place.clientWidth, Math.max(wanted, Math.min(704, window.innerHeight - (this.isNarrow() ? 500 : 464)), 200)];
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

  // The flag on top of the cursor; null takes it away.
  mark(at) {
    this.flag.hidden = at === null;
    if (at === null) return;
    this.flag.textContent = this.moment(at);
    const left = Math.min(Math.max(this.plot.valToPos(at, "x"), 30), this.plot.over.clientWidth - 30);
    this.flag.style.transform = `translateX(calc(${left}px - 50%))`;
  }

  moveCursor(at) {
    this.plot.setCursor(at === null ? { left: -10, top: -10 } : { left: this.plot.valToPos(at, "x"), top: 10 });
  }
}
