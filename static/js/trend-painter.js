// Draws the strip chart on its canvas: lanes by unit, hatched gaps, envelopes, pens, limits, digital bars.

import { number } from "./trend-data.js";
import { laneRange, niceStep, readLook, tick } from "./trend-look.js";

export const TOP = 26, BAR_STEP = 24, NAME_ROOM = 10, NARROW = 600;
const LANE_GAP = 18, BAR_HEIGHT = 10;

export class Painter {
  constructor(tracks) {
    this.tracks = tracks;
    this.digital = tracks.filter((track) => track.channel.isDigital);
    this.lanes = [...Map.groupBy(tracks.filter((track) => !track.channel.isDigital), (track) => track.channel.unit)];
    this.look = readLook(tracks.map((track) => track.channel.pen));
  }

  get isNarrow() { return this.plot.width < NARROW; }

  // Read the tokens again: another theme, another contrast.
  restyle() { this.look = readLook(this.tracks.map((track) => track.channel.pen)); }

  font(weight = 400, ratio = 1) { return `${weight} ${0.75 * this.look.rem * ratio}px ${this.look.font}`; }

  // Places, in pixels of the canvas.
  layOut() {
    const { bbox } = this.plot, ratio = uPlot.pxRatio;
    const bars = this.digital.length * BAR_STEP * ratio, gap = LANE_GAP * ratio;
    const room = bbox.height - bars - gap * Math.max(0, this.lanes.length - 1) - (bars && this.lanes.length ? gap / 2 : 0);
    const shares = this.lanes.map(([, tracks], index) => (index === 0 ? 1.5 : 1) + Math.min(2, tracks.length) * 0.25);
    const whole = shares.reduce((sum, share) => sum + share, 0);
    let top = bbox.top;
    const lanes = this.lanes.map(([unit, tracks], index) => {
      const height = (room * shares[index]) / whole, place = { unit, tracks, top, height };
      top += height + gap;
      return place;
    });
    return { left: bbox.left, right: bbox.left + bbox.width, width: bbox.width, ratio, lanes, bars: bbox.top + bbox.height - bars };
  }

  // Scales and hatches, under the grid; lays out the lanes for `above`.
  below(plot, view) {
    Object.assign(this, { plot, view });
    const { ctx } = plot, space = this.layOut();
    ctx.save();
    ctx.lineWidth = space.ratio;
    for (const lane of space.lanes) {
      const [low, high] = laneRange(lane.tracks, ...this.view);
      const step = niceStep(high - low, lane.height / space.ratio / 38);
      lane.low = Math.floor(low / step + 1e-9) * step;
      lane.high = Math.ceil(high / step - 1e-9) * step;
      lane.y = (value) => lane.top + lane.height * (1 - (value - lane.low) / (lane.high - lane.low));
      this.drawScale(ctx, space, lane, step);
      this.hatch(ctx, space, lane.tracks, lane.top, lane.height);
    }
    this.digital.forEach((track, index) => this.hatch(ctx, space, [track], space.bars + (index * BAR_STEP + 7) * space.ratio, BAR_HEIGHT * space.ratio));
    ctx.restore();
    this.space = space;
  }

  drawScale(ctx, space, lane, step) {
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (let value = lane.low; value <= lane.high + step / 2; value += step) {
      const y = Math.round(lane.y(value)), isFoot = value === lane.low;
      this.line(ctx, this.look[isFoot ? "line-strong" : "line"], space.left, y, space.right);
      this.text(ctx, tick(value, step), space.left - 8 * space.ratio, y, this.look["ink-3"]);
    }
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

  x(at) { return this.plot.valToPos(at, "x", true); }

  // Slanted lines where a channel of the lane has no value that can be trusted.
  hatch(ctx, space, tracks, top, height) {
    const [from, to] = this.view, step = 7 * space.ratio;
    ctx.save();
    ctx.beginPath();
    for (const track of tracks) for (const gap of track.gaps) {
      if (gap[1] <= from || gap[0] >= to) continue;
      const left = this.x(Math.max(from, gap[0])), right = this.x(Math.min(to, gap[1]));
      ctx.rect(left, top, Math.max(2 * space.ratio, right - left), height);
    }
    ctx.clip();
    ctx.beginPath();
    for (let x = space.left - height; x < space.right; x += step) {
      ctx.moveTo(x, top + height);
      ctx.lineTo(x + height, top);
    }
    ctx.strokeStyle = this.look["line-strong"];
    ctx.globalAlpha = 0.45;
    ctx.stroke();
    ctx.restore();
  }

  // Pens, limits, names and bars, over the grid.
  above() {
    const { ctx } = this.plot, { space } = this;
    ctx.save();
    for (const lane of space.lanes) {
      this.clip(ctx, space, lane.top - 2, lane.height + 4, () => {
        for (const track of lane.tracks) this.drawLimits(ctx, space, lane, track);
        for (const track of lane.tracks) this.drawTrack(ctx, space, lane, track);
      });
      ctx.textAlign = "left";
      ctx.textBaseline = "middle";
      this.text(ctx, lane.unit, space.left + 6 * space.ratio, lane.top + 10 * space.ratio, this.look["ink-2"], 700);
      if (!this.isNarrow) this.drawNames(ctx, space, lane);
    }
    this.clip(ctx, space, space.bars, this.digital.length * BAR_STEP * space.ratio, () => {
      this.digital.forEach((track, index) => this.drawBars(ctx, space, track, index));
    });
    this.digital.forEach((track, index) => this.nameBar(ctx, space, track, index));
    ctx.restore();
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

  drawTrack(ctx, space, lane, track) {
    const pen = this.look.pens[this.tracks.indexOf(track)], end = Math.min(this.view[1], track.until);
    ctx.strokeStyle = ctx.fillStyle = pen.colour;
    ctx.lineJoin = "round";
    for (const [first, last] of track.runs(...this.view)) {
      this.drawEnvelope(ctx, space, lane, track, first, last);
      ctx.beginPath();
      for (let index = first; index <= last; index++) ctx.lineTo(this.x(track.at[index]), lane.y(track.mean[index]));
      if (last === track.at.length - 1 && !track.isBroken) ctx.lineTo(this.x(end), lane.y(track.mean[last]));
      else if (first === last) ctx.lineTo(this.x(track.at[last]) + space.ratio, lane.y(track.mean[last]));
      ctx.lineWidth = 1.75 * space.ratio;
      ctx.setLineDash(pen.dash.map((part) => part * space.ratio));
      ctx.stroke();
      ctx.setLineDash([]);
    }
  }

  // Between the least and the greatest value of each bucket: no peak is hidden by a mean.
  drawEnvelope(ctx, space, lane, track, first, last) {
    ctx.beginPath();
    for (let index = first; index <= last; index++) ctx.lineTo(this.x(track.at[index]), lane.y(track.high[index]));
    for (let index = last; index >= first; index--) ctx.lineTo(this.x(track.at[index]), lane.y(track.low[index]));
    ctx.closePath();
    ctx.globalAlpha = 0.28;
    ctx.fill();
    ctx.lineWidth = space.ratio;
    ctx.globalAlpha = 0.4;
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  // Names at the line's end, pushed apart where lines end close together.
  drawNames(ctx, space, lane) {
    const height = 15 * space.ratio, ends = [];
    for (const track of lane.tracks) {
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
    const top = space.bars + (index * BAR_STEP + 7) * space.ratio, height = BAR_HEIGHT * space.ratio;
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
    const y = space.bars + (index * BAR_STEP + 12) * space.ratio, isInside = this.isNarrow;
    ctx.textBaseline = isInside ? "bottom" : "middle";
    ctx.textAlign = "left";
    this.text(ctx, this.short(ctx, track.channel.name), isInside ? space.left + 4 * space.ratio : space.right + 8 * space.ratio, isInside ? y - 3 * space.ratio : y, this.look["ink-3"]);
  }
}
