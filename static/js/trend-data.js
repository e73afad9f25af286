// What a chart knows of one channel: buckets of least, mean and greatest value, where there is nothing, and what is doubtful.
// `new Track(channel)`, then `seed()` with an entry of /trends/data and `take()` for each live value.

const lastUpTo = (at, moment) => {   // index of the last entry at or before `moment`, -1 when there is none
  let low = 0, high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle] <= moment) low = middle + 1; else high = middle;
  }
  return low - 1;
};

export class Track {
  constructor(channel) {
    this.channel = channel;
    this.isHidden = false;
    this.seeds = 0;   // how often it started again
    this.now = { at: 0, value: null, quality: "none" };
    this.seed({ at: [], low: [], mean: [], high: [], gaps: [], doubts: [] });
  }

  // Start again from what the history holds; `shift` moves it to later times (to lay runs over one another).
  seed({ at, low, mean, high, gaps, doubts, until = 0 }, shift = 0) {
    this.seeds++;
    const moved = (stretches) => stretches.map(([from, to, quality]) => [from + shift, to + shift, quality]);
    Object.assign(this, { at: shift ? at.map((moment) => moment + shift) : [...at], low: [...low], mean: [...mean], high: [...high] });
    Object.assign(this, { gaps: moved(gaps), doubts: moved(doubts) });
    this.until = Math.max(until + (until && shift), this.at.at(-1) ?? 0);   // the newest moment something is known of
    this.merged = 1;
    this.isBroken = this.gaps.length > 0 && this.gaps.at(-1)[1] >= this.until;
  }

  // Add a live value (null: nothing to trust); values of one bucket share a point that keeps their extremes.
  take(at, value, quality, bucketMs) {
    if (at <= this.until) return;
    const before = this.until;
    this.until = at;
    if (value === null) return this.breakOff(before, at, quality);
    if (quality > 0) this.extend(this.doubts, before, at, quality);
    if (this.isBroken) this.isBroken = false;
    else if (this.merge(at, value, bucketMs)) return;
    this.merged = 1;
    for (const [list, entry] of [[this.at, at], [this.low, value], [this.mean, value], [this.high, value]]) list.push(entry);
  }

  breakOff(from, to, quality) {
    if (this.isBroken) this.gaps.at(-1)[1] = to;
    else this.gaps.push([from || to, to, quality]);
    this.isBroken = true;
  }

  extend(stretches, from, to, quality) {
    if (stretches.length && stretches.at(-1)[1] >= from) stretches.at(-1)[1] = to;
    else stretches.push([from || to, to, quality]);
  }

  merge(at, value, bucketMs) {
    const last = this.at.length - 1;
    if (last < 0 || at - this.at[last] >= bucketMs || (this.channel.isDigital && value !== this.mean[last])) return false;
    this.low[last] = Math.min(this.low[last], value);
    this.high[last] = Math.max(this.high[last], value);
    this.mean[last] += (value - this.mean[last]) / ++this.merged;
    return true;
  }

  // Forget what lies before `from`, but for the last value before it.
  trim(from) {
    const old = lastUpTo(this.at, from);
    if (old > 500) for (const list of [this.at, this.low, this.mean, this.high]) list.splice(0, old);
    for (const stretches of [this.gaps, this.doubts]) while (stretches.length && stretches[0][1] < from) stretches.shift();
  }

  isGap(moment) { return this.gaps.some(([from, to]) => moment > from && moment < to); }

  // The quality at a moment: 0 good, 1 uncertain, 2 bad, 3 stale, -1 nothing known.
  qualityAt(moment) {
    if (moment > this.until) return -1;
    const within = ([from, to]) => moment > from && moment < to, gap = this.gaps.find(within);
    if (gap) return gap[2] || -1;
    return this.doubts.find(within)?.[2] ?? (lastUpTo(this.at, moment) < 0 ? -1 : 0);
  }

  valueAt(moment) {
    const index = lastUpTo(this.at, moment);
    return index < 0 || moment > this.until || this.isGap(moment) ? null : this.mean[index];
  }

  // Calls visit(index, endsAt) for every point that matters between from and to, one more at each side for the lines.
  each(from, to, visit) {
    const first = Math.max(0, lastUpTo(this.at, from)), last = Math.min(this.at.length - 1, lastUpTo(this.at, to) + 1);
    for (let index = first; index <= last; index++) visit(index, index < this.at.length - 1 ? this.at[index + 1] : this.until);
  }

  // Runs of indices without a gap between them.
  runs(from, to) {
    const runs = [];
    let gap = 0, before = -Infinity;
    this.each(from, to, (index) => {
      while (gap < this.gaps.length && this.gaps[gap][1] <= before) gap++;
      const at = this.at[index], isCut = gap < this.gaps.length && this.gaps[gap][0] < at && this.gaps[gap][1] > before;
      if (isCut || !runs.length) runs.push([index, index]); else runs.at(-1)[1] = index;
      before = at;
    });
    return runs;
  }

  // Least and greatest value of what is seen; null where there is none. Quick enough for every frame.
  extent(from, to) {
    let low = Infinity, high = -Infinity;
    this.each(from, to, (index, end) => {
      if (this.at[index] > to || (end <= from && end !== this.at[index])) return;
      if (this.low[index] < low) low = this.low[index];
      if (this.high[index] > high) high = this.high[index];
    });
    return low > high ? null : { low, high };
  }

  // Least, greatest and mean over time of what is seen; the mean leaves gaps out.
  statistics(from, to) {
    let low = Infinity, high = -Infinity, area = 0, length = 0, sum = 0, count = 0;
    this.each(from, to, (index, end) => {
      const start = Math.max(from, this.at[index]), stop = Math.min(to, end);
      if (this.at[index] > to || (stop <= from && end !== this.at[index])) return;
      low = Math.min(low, this.low[index]);
      high = Math.max(high, this.high[index]);
      sum += this.mean[index];
      count++;
      const lasts = this.isGap((start + stop) / 2) ? 0 : Math.max(0, stop - start);
      area += this.mean[index] * lasts;
      length += lasts;
    });
    if (!count) return null;
    return { low, high, mean: length ? area / length : sum / count };
  }
}

export const LANGUAGE = document.documentElement.lang === "de" ? "de-DE" : "en-GB";
const MINUS = "−", POINT = LANGUAGE === "de-DE" ? "," : ".";

export const number = (value, decimals) => {
  const text = Math.abs(value).toFixed(decimals).replace(".", POINT);
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
};

// A length of time in words: 850 ms, 12.4 s, 3 min 20 s, 2 h 5 min, 3 d 4 h.
export const lasting = (ms) => {
  const s = ms / 1000;
  if (s < 1) return `${Math.round(ms)} ms`;
  if (s < 60) return `${number(s, s < 10 ? 1 : 0)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s / 60) % 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s / 3600) % 24)} h`;
};

// Words for a value of a channel: a number with its decimals, or the channel's own words.
export const words = (channel, value) => {
  if (value === null || value === undefined) return "–";
  if (!channel.isDigital) return number(value, channel.decimals);
  return value >= 0.5 ? channel.onText : channel.offText;
};
