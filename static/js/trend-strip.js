// Pens on a canvas of their own that is wider than the chart: while a hand drags, they are moved and not drawn anew.
//
//   const strip = new Strip();
//   if (!strip.place(painter)) painter.drawPens(…);   // in each frame; false: something else than the place has changed

const BESIDE = 0.5;   // of the span, at each side: as much as the source holds

export class Strip {
  constructor() { this.look = ""; }

  // Put the pens where they belong, if they look as in the frame before.
  place(painter) {
    const look = this.lookOf(painter), [from, to] = painter.view, { left, width } = painter.space, { ctx } = painter.plot;
    if (look !== this.look) {
      Object.assign(this, { look, from: Infinity });
      return false;
    }
    if (from < this.from || to > this.to) this.fill(painter);
    const { height } = this.canvas, shift = Math.round(((from - this.from) / (to - from)) * width);
    ctx.drawImage(this.canvas, shift, 0, width, height, left, 0, width, height);
    return true;
  }

  // All that decides how the pens look, but for where the span begins.
  lookOf(painter) {
    const { space, plot, view: [from, to] } = painter;
    const lanes = space.lanes.map((lane) => [lane.unit, lane.top, lane.height, lane.low, lane.high, painter.logs.has(lane.unit)]);
    const tracks = [...painter.tracks, ...painter.beside].map((it) => [it.seeds, it.isHidden, it.until]);
    return JSON.stringify([Math.round(to - from), space.left, space.width, plot.ctx.canvas.height, painter.looks, lanes, tracks]);
  }

  fill(painter) {
    const { view, space } = painter, [from, to] = view, margin = (to - from) * BESIDE, width = space.width * (1 + 2 * BESIDE);
    this.canvas ??= document.createElement("canvas");
    Object.assign(this.canvas, { width: Math.ceil(width), height: painter.plot.ctx.canvas.height });   // which clears it
    Object.assign(this, { from: from - margin, to: to + margin });
    Object.assign(painter, { view: [this.from, this.to], space: { ...space, left: 0, right: width, width } });
    painter.drawPens(this.canvas.getContext("2d"), painter.space);
    Object.assign(painter, { view, space });
  }
}
