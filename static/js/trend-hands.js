// Hands on a chart: drag and swipe pan, wheel and pinch zoom, Shift and drag choose a span, a click pins the cursor, keys do all of it.
//
//   new Hands(chart, { view: () => [from, to], onMove: (from, to) => …, onPin: (at) => …, onNote: (at) => …, cursor: () => at });

const CLICK_PX = 5, WHEEL = 0.0022, CURSOR_STEP = 100;

export class Hands {
  constructor(chart, { view, onMove, onPin, onNote, cursor }) {
    Object.assign(this, { chart, view, onMove, onPin, onNote, cursor });
    this.fingers = new Map();
    this.held = null;
    const over = chart.plot.over, listen = (name, act) => over.addEventListener(name, act.bind(this), { passive: false });
    listen("pointerdown", this.press);
    listen("pointermove", this.move);
    for (const name of ["pointerup", "pointercancel"]) listen(name, this.release);
    listen("wheel", this.wheel);
    listen("dblclick", (it) => this.onNote(this.at(it.offsetX)));
    chart.place.addEventListener("keydown", (it) => { if (it.target === chart.place) this.key(it); });
  }

  at(x) { return this.chart.plot.posToVal(x, "x"); }

  // Where the fingers are: their middle and how far apart, in pixels of the chart.
  grip() {
    const xs = [...this.fingers.values()];
    return { middle: xs.reduce((sum, x) => sum + x, 0) / xs.length, apart: xs.length > 1 ? Math.max(30, Math.abs(xs[0] - xs[1])) : 0 };
  }

  hold() { this.held = { ...this.grip(), view: this.view() }; }

  press(it) {
    if (it.pointerType === "mouse" && it.button !== 0) return;
    this.fingers.set(it.pointerId, it.offsetX);
    if (this.fingers.size === 1) Object.assign(this, { pressedAt: it.offsetX, isMoved: false, isBox: it.shiftKey });
    this.hold();
  }

  move(it) {
    if (!this.fingers.has(it.pointerId)) return;
    this.fingers.set(it.pointerId, it.offsetX);
    const isFar = Math.abs(it.offsetX - this.pressedAt) > CLICK_PX || this.fingers.size > 1;
    if (!this.isMoved && isFar) {
      this.isMoved = true;
      this.chart.plot.over.setPointerCapture(it.pointerId);   // not before: a captured click would reach nobody else
    }
    if (!this.isMoved) return;
    if (this.isBox) return this.chart.select(this.pressedAt, it.offsetX);
    const { middle, apart } = this.grip(), [from, to] = this.held.view, wide = this.chart.plot.over.clientWidth;
    const span = (to - from) * (this.held.apart && apart ? this.held.apart / apart : 1);
    const under = from + ((to - from) * this.held.middle) / wide;   // the moment that stays under the hand
    const start = under - (span * middle) / wide;
    this.onMove(start, start + span);
  }

  release(it) {
    if (!this.fingers.delete(it.pointerId)) return;
    if (this.fingers.size) return this.hold();
    if (this.isBox && this.isMoved) this.zoomBox(it.offsetX);
    else if (!this.isMoved && it.type === "pointerup") this.onPin(this.at(it.offsetX));
    this.chart.select(0, 0);
  }

  zoomBox(x) {
    const [from, to] = [this.pressedAt, x].sort((a, b) => a - b).map((it) => this.at(it));
    if (Math.abs(x - this.pressedAt) > CLICK_PX) this.onMove(from, to);
  }

  wheel(it) {
    it.preventDefault();
    const pixels = it.deltaMode === 1 ? 32 : 1, isAside = it.shiftKey || Math.abs(it.deltaX) > Math.abs(it.deltaY);
    if (isAside) this.pan(((it.deltaX || it.deltaY) * pixels) / this.chart.plot.over.clientWidth);
    else this.zoom(Math.exp(it.deltaY * pixels * WHEEL), this.at(it.offsetX));
  }

  pan(share) {
    const [from, to] = this.view(), by = (to - from) * share;
    this.onMove(from + by, to + by);
  }

  // `factor` below 1 comes closer; `at` stays where it is, the right edge where nothing is pointed at.
  zoom(factor, at = this.cursor() ?? this.view()[1]) {
    const [from, to] = this.view();
    this.onMove(at - (at - from) * factor, at + (to - at) * factor);
  }

  key(it) {
    if (it.ctrlKey || it.metaKey || it.altKey) return;
    const [from, to] = this.view(), step = ((to - from) / CURSOR_STEP) * (it.shiftKey ? 10 : 1), at = this.cursor() ?? to;
    const clamp = (moment) => Math.min(to, Math.max(from, moment));
    const acts = {
      ArrowLeft: () => this.onPin(clamp(at - step)), ArrowRight: () => this.onPin(clamp(at + step)), Home: () => this.onPin(from), End: () => this.onPin(to),
      PageUp: () => this.pan(-0.5), PageDown: () => this.pan(0.5), Escape: () => this.onPin(null), "+": () => this.zoom(0.5), "-": () => this.zoom(2), n: () => this.onNote(at),
    };
    if (!acts[it.key]) return;
    it.preventDefault();
    acts[it.key]();
  }
}
