// The table of values below the chart: now or at the cursor, at the compared time, and over what is seen.

import { lasting, number, words } from "./trend-data.js";
import { getJson } from "./trend-source.js";

const REST_MS = 500;
const put = (cell, text) => { if (cell && cell.textContent !== text) cell.textContent = text; };
const optional = (text) => (text === "" ? null : Number(text));

// The rows of the table with the channel each stands for.
export const readRows = (table) => [...table.querySelectorAll("tr[data-id]")].map((row) => {
  const { id, name, unit, decimals, min, max, low, high, digital, on, off, recorded } = row.dataset;
  const channel = {
    id, name, unit, decimals: Number(decimals), min: Number(min), max: Number(max), lowLimit: optional(low), highLimit: optional(high),
    isDigital: digital === "true", isRecorded: recorded === "true", onText: on, offText: off, pen: row.querySelector(".pen-sample"),
  };
  const cells = Object.fromEntries([...row.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]));
  return { channel, cells, row, toggle: row.querySelector("[data-pen]"), threshold: row.querySelector("[data-threshold]") };
});

export class Table {
  constructor(rows, { texts, when, onTrouble }) {
    Object.assign(this, { rows, texts, when, onTrouble, exact: null, timer: 0 });
  }

  said(channel, value, quality) {
    if (quality === 2) return this.texts.bad;
    if (quality === 3) return this.texts.stale;
    return words(channel, value);
  }

  // `seen`: [from, to]; `at`: the cursor or null; `beside`: the tracks of the compared time.
  fill({ seen, at, moment, beside }) {
    put(this.when, at === null ? this.texts.now : `${this.texts.at} ${moment}`);
    this.rows.forEach(({ channel, track, cells }, index) => {
      put(cells.now, at === null ? this.live(channel, track, cells.now) : this.said(channel, track.valueAt(at), track.qualityAt(at)));
      if (beside.length) put(cells.beside, words(channel, beside[index].valueAt(at ?? seen[1])));
      const rough = track.statistics(...seen), exact = this.exact?.get(channel.id);
      if (channel.isDigital) put(cells.mean, rough ? `${channel.onText} ${number(rough.mean * 100, 0)} %` : "–");
      else for (const cell of ["low", "mean", "high"]) put(cells[cell], rough ? number(rough[cell], channel.decimals) : "–");
      this.fillExact(channel, cells, exact);
    });
  }

  live(channel, track, cell) {
    const { quality, value } = track.now;
    if (quality === "none") return cell.textContent;   // until then the cell says what the server knew
    return this.said(channel, value, { bad: 2, stale: 3 }[quality] ?? 0);
  }

  fillExact(channel, cells, exact) {
    if (!channel.isDigital) put(cells.sigma, exact && exact.sigma !== null ? number(exact.sigma, channel.decimals + 1) : "–");
    put(cells.above, exact && exact.limit !== null ? lasting(exact.above_s * 1000) : "–");
  }

  // Statistics of every sample of the span, once the hand rests; until then those of what is drawn are shown.
  see(from, to, above) {
    clearTimeout(this.timer);
    this.request?.abort();
    const key = `${from} ${to} ${JSON.stringify(above)}`;
    if (key !== this.key) this.exact = null;
    this.timer = setTimeout(() => this.ask(from, to, above, key), REST_MS);
  }

  async ask(from, to, above, key) {
    const mine = this.request = new AbortController();
    const query = new URLSearchParams({ channels: this.rows.map((it) => it.channel.id).join(","), from: Math.floor(from), to: Math.ceil(to) });
    for (const [id, value] of above) query.set(`above.${id}`, value);
    try {
      const { channels } = await getJson("/trends/statistics", query, mine.signal);
      this.exact = new Map(channels.map((it) => [it.id, it]));
      this.key = key;
      this.onExact?.();
    } catch (error) {
      if (!mine.signal.aborted) this.onTrouble(error.message);
    }
  }
}
