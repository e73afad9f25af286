// What the chart knows of one channel: buckets of least, mean and greatest value, and where there is nothing.

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
    this.now = { at: 0, value: null, quality: "none" };
    this.seed({ at: [], low: [], mean: [], high: [], gaps: [] });
  }

  // Start again from what the history holds.
  seed({ at, low, mean, high, gaps, until = 0 }) {
    Object.assign(this, { at, low, mean, high, gaps: gaps.map((gap) => [...gap]) });
    this.until = Math.max(until, at.at(-1) ?? 0);   // the newest moment something is known of
    this.merged = 1;
    this.isBroken = this.gaps.length > 0 && this.gaps.at(-1)[1] >= this.until;
  }

  // Add a live value (null: nothing to trust); values of one bucket share a point that keeps their extremes.
  take(at, value, bucketMs) {
    if (at <= this.until) return;
    const before = this.until;
    this.until = at;
    if (value === null) return this.breakOff(before, at);
    if (this.isBroken) this.isBroken = false;
    else if (this.merge(at, value, bucketMs)) return;
    this.merged = 1;
    for (const [list, entry] of [[this.at, at], [this.low, value], [this.mean, value], [this.high, value]]) list.push(entry);
  }

  breakOff(from, to) {
    if (this.isBroken) this.gaps.at(-1)[1] = to;
    else this.gaps.push([from || to, to]);
    this.isBroken = true;
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
    while (this.gaps.length && this.gaps[0][1] < from) this.gaps.shift();
  }

  isGap(moment) { return this.gaps.some(([from, to]) => moment > from && moment < to); }

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

const MINUS = "−";

export const number = (value, decimals) => {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) ? MINUS + text : text;
};

// Words for a value of a channel: a number with its decimals, or the channel's own words.
export const words = (channel, value) => {
  if (value === null || value === undefined) return "–";
  if (!channel.isDigital) return number(value, channel.decimals);
  return value >= 0.5 ? channel.onText : channel.offText;
};
