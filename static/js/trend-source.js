// Where a chart gets its values: asks for what is seen and something beside it, keeps what came, and asks again for finer.
//
//   const source = new Source({ ids: () => [...], width: () => 1200, onData: (answer) => …, onTrouble: (sentence) => … });
//   source.see(from, to);         // after each move: draws nothing, asks only where what is held does not suffice
//   source.see(from, to, { isFresh: true });   // ask even so: newer values have come
//
// Questions wait until the hand rests (90 ms), a newer one aborts the one under way, twelve answers are kept.

// A wall screen has values of its own dashboards only, at another address.
const VALUES = document.getElementById("board")?.dataset.values ?? "/trends/data";
const REST_MS = 90, RETRY_MS = 3_000, KEPT = 12, MOST_POINTS = 2000, LEAST_POINTS = 200;
const FINER = 0.6;   // an answer serves as long as it has this share of the points that a new one would have

export const getJson = async (path, query, signal) => {
  const answer = await fetch(`${path}?${query}`, { signal, headers: { Accept: "application/json" } });
  const isJson = answer.headers.get("Content-Type")?.includes("json"), data = isJson ? await answer.json() : {};
  if (!answer.ok || !isJson) throw new Error(data.detail ?? `the appliance answered ${answer.status}.`);
  return data;
};

export class Source {
  constructor({ ids, width, onData, onTrouble, now = Date.now }) {
    Object.assign(this, { ids, width, onData, onTrouble, now });
    this.kept = [];
    this.shown = null;
    this.request = null;
    this.timer = 0;
  }

  // What is asked for: the span with half as much at each side, in about one point a pixel.
  plan(from, to) {
    const span = to - from, end = Math.min(to + span / 2, Math.max(to, this.now()));
    const start = Math.max(0, from - span / 2), width = Math.round((this.width() * (end - start)) / span);
    return { from: Math.floor(start), to: Math.ceil(end), width: Math.min(MOST_POINTS, Math.max(LEAST_POINTS, width)) };
  }

  serves(held, from, to) {
    const until = Math.min(to, this.now() - 1000), wanted = this.plan(from, to), step = (wanted.to - wanted.from) / wanted.width;
    const reach = Math.min(held.to, held.until);
    return held.from <= from && reach >= until && held.step * FINER <= step;
  }

  see(from, to, { isFresh = false } = {}) {
    if (!isFresh) {
      if (this.shown && this.serves(this.shown, from, to)) return this.forget();
      const held = this.kept.filter((it) => this.serves(it, from, to)).sort((a, b) => a.step - b.step)[0];
      if (held) { this.forget(); return this.show(held); }
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(from, to), isFresh ? 0 : REST_MS);
  }

  // What is under way is no longer wanted.
  forget() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = null;
  }

  async ask(from, to) {
    this.request?.abort();
    const mine = this.request = new AbortController(), plan = this.plan(from, to);
    const query = new URLSearchParams({ channels: this.ids().join(","), from: plan.from, to: plan.to, width: plan.width });
    try {
      const answer = await getJson(VALUES, query, mine.signal);
      answer.step = (plan.to - plan.from) / plan.width;
      this.kept = [answer, ...this.kept].slice(0, KEPT);
      this.onTrouble("");
      this.show(answer);
    } catch (error) {
      if (mine.signal.aborted) return;
      this.onTrouble(error.message);
      this.timer = setTimeout(() => this.ask(from, to), RETRY_MS);
    } finally {
      if (this.request === mine) this.request = null;
    }
  }

  show(answer) {
    this.shown = answer;
    this.onData(answer);
  }
}
