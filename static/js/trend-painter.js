// Draws the strip chart on its canvas: lanes by unit, hatched gaps, envelopes, pens, limits, digital bars.
// `painter.beside` are the same pens at another time, drawn paler; `painter.logs` names units with logarithmic scales.

import { number } from "./trend-data.js";
import { decades, laneRange, niceStep, readLook, tick } from "./trend-look.js";
import { drawAlarms, drawClock, drawNotes, drawPin, drawRuns, hatch } from "./trend-overlays.js";
import { Strip } from "./trend-strip.js";

const LEAST_STEP = 13;
export const TOP = 42, BAR_STEP = 24, NAME_ROOM = 10, NARROW = 600;
const LANE_GAP = 18, BAR_HEIGHT = 10, TIGHT = 18;   // a lane of less height has words at its foot only

export class Painter {
  constructor(tracks) {
    this.tracks = tracks;
    this.digital = tracks.filter((track) => track.channel.isDigital);
    this.lanes = [...Map.groupBy(tracks.filter((track) => !track.channel.isDigital), (track) => track.channel.unit)];
    this.beside = [];
    this.logs = new Set();
    this.marks = { experiments: [], notes: [], alarms: [], clock: [], reasons: [] };
    this.pin = null;
    this.latest = 0;   // where running experiments end
    this.looks = 0;
    this.strip = new Strip();
    this.restyle();
  }

  // Bars that have a chart for themselves take the room.
  get step() { return this.fits && !this.lanes.length && this.plot ? Math.min(56, Math.max(LEAST_STEP, this.plot.bbox.height / uPlot.pxRatio / this.digital.length)) : BAR_STEP; }
  get barHeight() { return BAR_HEIGHT + (this.step - BAR_STEP) * 0.6; }

  get isNarrow() { return this.plot.width < NARROW; }

  // Read the tokens again: another theme, another contrast.
  restyle() {
    this.look = readLook(this.tracks.map((track) => track.channel.pen));
    this.looks++;
  }

  font(weight = 400, ratio = 1) { return `${weight} ${0.75 * this.look.rem * ratio}px ${this.look.font}`; }

  // Places, in pixels of the canvas.
  layOut() {
    const { bbox } = this.plot, ratio = uPlot.pxRatio;
    const bars = this.digital.length * this.step * ratio;
    const gap = Math.min(LANE_GAP * ratio, Math.max(0, bbox.height - bars) / (3 * this.lanes.length || 1));   // lanes first
    const room = bbox.height - bars - gap * Math.max(0, this.lanes.length - 1) - (bars && this.lanes.length ? gap / 2 : 0);
    const shares = this.lanes.map(([, tracks], index) => (index === 0 ? 1.5 : 1) + Math.min(2, tracks.length) * 0.25);
    const whole = shares.reduce((sum, share) => sum + share, 0);
    let top = bbox.top;
    const lanes = this.lanes.map(([unit, tracks], index) => {
      const height = (room * shares[index]) / whole, place = { unit, tracks, top, height };
      top += height + gap;
      return place;
    });
    const bottom = bbox.top + bbox.height;
    return { left: bbox.left, right: bbox.left + bbox.width, width: bbox.width, top: bbox.top, bottom, ratio, lanes, bars: bottom - bars };
  }

  // Scales and hatches, under the grid; lays out the lanes for `above`.
  below(plot, view) {
    const space = this.layOut.call(Object.assign(this, { plot, view }));
    this.space = space;
    const { ctx } = plot;
    ctx.save();
    for (const lane of space.lanes) {
      ctx.lineWidth = space.ratio;
      if (this.logs.has(lane.unit)) this.scaleByDecades(ctx, space, lane); else this.scaleEvenly(ctx, space, lane);
      hatch(this, lane.tracks, lane.top, lane.height);
    }
    this.digital.forEach((track, index) => hatch(this, [track], space.bars + (index * this.step + 7) * space.ratio, this.barHeight * space.ratio));
    ctx.restore();
  }

  peers(lane) { return [...lane.tracks, ...this.beside.filter((track) => !track.channel.isDigital && track.channel.unit === lane.unit)]; }

  scaleEvenly(ctx, space, lane) {
    const [low, high] = laneRange(this.peers(lane), ...this.view), step = niceStep(high - low, lane.height / space.ratio / 38);
    lane.low = Math.floor(low / step + 1e-9) * step;
    lane.high = Math.ceil(high / step - 1e-9) * step;
    lane.y = (value) => lane.top + lane.height * (1 - (value - lane.low) / (lane.high - lane.low));
    for (let value = lane.low; value <= lane.high + step / 2; value += step) this.drawTick(ctx, space, lane, value, tick(value, step));
  }

  scaleByDecades(ctx, space, lane) {
    [lane.low, lane.high] = decades(this.peers(lane), ...this.view);
    const foot = Math.log10(lane.low), reach = Math.log10(lane.high) - foot, room = lane.height / space.ratio / reach;
    lane.y = (value) => lane.top + lane.height * (1 - (value > 0 ? Math.max(0, (Math.log10(value) - foot) / reach) : 0));
    for (let power = Math.round(foot); power <= Math.round(foot + reach); power++)
      for (const factor of room > 110 ? [1, 2, 5] : [1]) {
        const value = factor * 10 ** power;
        if (value <= lane.high * 1.001) this.drawTick(ctx, space, lane, value, tick(value, value));
      }
  }

  drawTick(ctx, space, lane, value, words) {
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    const y = Math.round(lane.y(value));
    this.line(ctx, this.look[value === lane.low ? "line-strong" : "grid"], space.left, y, space.right);
    if (lane.height > TIGHT * space.ratio || value === lane.low) this.text(ctx, words, space.left - 8 * space.ratio, y, this.look["ink-3"]);
  }

  line(ctx, colour, left, y, right) {
    ctx.strokeStyle = colour;
    ctx.beginPath();
    ctx.moveTo(left, y + 0.5);
    ctx.lineTo(right, y + 0.5);
    ctx.stroke();
  }

  text(ctx, text, x, y, colour, weight = 400) {
    ctx.font = this.font(weight, uPlot.pxRatio);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  }

  x(at) { return this.space.left + ((at - this.view[0]) / (this.view[1] - this.view[0])) * this.space.width; }

  // Pens, limits, names and bars, over the grid.
  above() {
    const { ctx } = this.plot, { space } = this;
    ctx.save();
    for (const lane of space.lanes)
      this.clip(ctx, space, lane.top - 2, lane.height + 4, () => {
        for (const track of lane.tracks) if (!track.isHidden) this.drawLimits(ctx, space, lane, track);
      });
    if (!this.strip.place(this)) this.drawPens(ctx, space);
    for (const lane of space.lanes) {
      ctx.textAlign = "left";
      ctx.textBaseline = "middle";
      this.text(ctx, lane.unit, space.left + 6 * space.ratio, lane.top + Math.min(10 * space.ratio, lane.height / 2), this.look["ink-2"], 700);
      if (!this.isNarrow && !this.fits) this.drawNames(ctx, space, lane);
    }
    this.clip(ctx, space, space.bars, this.digital.length * this.step * space.ratio, () => {
      this.digital.forEach((track, index) => this.drawBars(ctx, space, track, index));
    });
    this.digital.forEach((track, index) => this.nameBar(ctx, space, track, index));
    this.clip(ctx, space, 0, this.plot.ctx.canvas.height, () => this.drawMarks());
    ctx.restore();
  }

  drawPens(ctx, space) {
    for (const lane of space.lanes)
      this.clip(ctx, space, lane.top - 2, lane.height + 4, () => {
        this.beside.forEach((track, index) => { if (lane.tracks.includes(this.tracks[index])) this.drawTrack(ctx, space, lane, track, index); });
        for (const track of lane.tracks) this.drawTrack(ctx, space, lane, track, this.tracks.indexOf(track));
      });
  }

  drawMarks() {
    drawRuns(this, this.marks.experiments);
    drawClock(this, this.marks.clock);
    drawNotes(this, this.marks.notes);
    drawAlarms(this, this.marks.alarms);
    drawPin(this, this.pin);
  }

  clip(ctx, space, top, height, draw) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(space.left, top, space.width, height);
    ctx.clip();
    draw();
    ctx.restore();
  }

  drawLimits(ctx, space, lane, { channel }) {
    for (const [limit, letter] of [[channel.lowLimit, "▼L"], [channel.highLimit, "▲H"]]) {
      if (limit === null || limit < lane.low || limit > lane.high) continue;
      const y = Math.round(lane.y(limit));
      ctx.lineWidth = 1.5 * space.ratio;
      ctx.setLineDash([6 * space.ratio, 4 * space.ratio]);
      this.line(ctx, this.look["high-edge"], space.left, y, space.right);
      ctx.setLineDash([]);
      const isBelow = y - lane.top < 16 * space.ratio;
      ctx.textAlign = "left";
      ctx.textBaseline = isBelow ? "top" : "bottom";
      this.text(ctx, `${letter} ${number(limit, channel.decimals)}`, space.left + 44 * space.ratio, y + (isBelow ? 4 : -3) * space.ratio, this.look["high-edge"], 700);
    }
  }

  drawTrack(ctx, space, lane, track, index) {
    if (this.tracks[index].isHidden) return;
    const pen = this.look.pens[index], isBeside = track === this.beside[index];
    ctx.strokeStyle = ctx.fillStyle = pen.colour;
    ctx.lineJoin = "round";
    for (const run of track.runs(...this.view)) {
      this.drawEnvelope(ctx, space, lane, track, run, isBeside);
      this.trace(ctx, space, lane, track, run);
      ctx.lineWidth = (isBeside ? 1 : 1.75) * space.ratio;
      ctx.globalAlpha = isBeside ? 0.6 : 1;
      ctx.setLineDash((isBeside ? [2, 3] : pen.dash).map((part) => part * space.ratio));
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.globalAlpha = 1;
    }
  }

  trace(ctx, space, lane, track, [first, last]) {
    const end = Math.min(this.view[1], track.until);
    ctx.beginPath();
    for (let at = first; at <= last; at++) ctx.lineTo(this.x(track.at[at]), lane.y(track.mean[at]));
    if (last === track.at.length - 1 && !track.isBroken) ctx.lineTo(this.x(end), lane.y(track.mean[last]));
    else if (first === last) ctx.lineTo(this.x(track.at[last]) + space.ratio, lane.y(track.mean[last]));
  }

  // Between the least and the greatest value of each bucket: no peak is hidden by a mean.
  drawEnvelope(ctx, space, lane, track, [first, last], isBeside) {
    ctx.beginPath();
    for (let index = first; index <= last; index++) ctx.lineTo(this.x(track.at[index]), lane.y(track.high[index]));
    for (let index = last; index >= first; index--) ctx.lineTo(this.x(track.at[index]), lane.y(track.low[index]));
    ctx.closePath();
    ctx.globalAlpha = isBeside ? 0.12 : 0.28;
    ctx.fill();
    ctx.lineWidth = space.ratio;
    ctx.globalAlpha = isBeside ? 0.15 : 0.4;
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  // Names at the line's end, pushed apart where lines end close together.
  drawNames(ctx, space, lane) {
    const height = 15 * space.ratio, ends = [];
    for (const track of lane.tracks) {
      if (track.isHidden) continue;
      const value = track.valueAt(Math.min(this.view[1], track.until)) ?? track.mean.at(-1);
      if (value !== undefined) ends.push({ track, y: Math.min(Math.max(lane.y(value), lane.top + height / 2), lane.top + lane.height - height / 2) });
    }
    ends.sort((a, b) => a.y - b.y);
    ends.forEach((end, index) => { if (index) end.y = Math.max(end.y, ends[index - 1].y + height); });
    let floor = lane.top + lane.height + LANE_GAP * space.ratio / 2;
    for (const end of ends.toReversed()) { end.y = Math.min(end.y, floor); floor = end.y - height; }
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (const { track, y } of ends) this.text(ctx, this.short(ctx, track.channel.name), space.right + 8 * space.ratio, y, this.look.pens[this.tracks.indexOf(track)].colour, 700);
  }

  short(ctx, name) {
    const room = (NAME_ROOM * this.look.rem + 1) * uPlot.pxRatio;
    ctx.font = this.font(700, uPlot.pxRatio);
    let text = name;
    while (text.length > 3 && ctx.measureText(text).width > room) text = `${text.slice(0, -2).trimEnd()}…`;
    return text;
  }

  drawBars(ctx, space, track, index) {
    if (track.isHidden) return;
    const top = space.bars + (index * this.step + 7) * space.ratio, height = this.barHeight * space.ratio;
    this.line(ctx, this.look.line, space.left, Math.round(top + height), space.right);
    ctx.fillStyle = this.look["ink-2"];
    track.each(...this.view, (at, end) => {
      if (track.high[at] < 0.5 || track.isGap((track.at[at] + end) / 2)) return;
      const left = this.x(track.at[at]), width = Math.max(space.ratio, this.x(end) - left), isWhole = track.low[at] >= 0.5;
      ctx.globalAlpha = isWhole ? 1 : 0.55;   // both states within one bucket
      ctx.fillRect(left, top, width + 0.5, height);
    });
    ctx.globalAlpha = 1;
  }

  nameBar(ctx, space, track, index) {
    const isInside = this.isNarrow || this.fits, y = space.bars + (index * this.step + 7 + (isInside ? 5 : this.barHeight / 2)) * space.ratio;
    ctx.textBaseline = isInside ? "bottom" : "middle";
    ctx.textAlign = "left";
    this.text(ctx, this.short(ctx, track.channel.name), isInside ? space.left + 4 * space.ratio : space.right + 8 * space.ratio, isInside ? y - 3 * space.ratio : y, this.look["ink-3"]);
  }
}
