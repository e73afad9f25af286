// Marks of the chart (experiments, notes, alarms): loads them for what is seen, lists them, and lets people write notes.

import { getJson } from "./trend-source.js";

const REST_MS = 250;

export class Notes {
  constructor({ ids, words, moment, onMarks, onTrouble }) {
    Object.assign(this, { ids, words, moment, onMarks, onTrouble });
    this.list = document.getElementById("marks");
    this.dialog = document.getElementById("note-dialog");
    this.form = this.dialog?.querySelector("form");
    this.timer = 0;
    this.held = [0, 0];
    this.list.addEventListener("click", (it) => {
      const note = this.marks?.notes[it.target.closest("[data-note]")?.dataset.note];
      if (note) this.open(note.at, note);
    });
    if (!this.form) return;
    this.form.addEventListener("submit", (it) => { it.preventDefault(); this.save(); });
    this.dialog.addEventListener("click", (it) => { if (it.target.closest("[data-remove]")) this.remove(); });
  }

  // Ask for the marks of a span, once the hand rests; what lies within what is held needs no asking.
  see(from, to, { isFresh = false } = {}) {
    if (!isFresh && this.held[0] <= from && this.held[1] >= to) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(from, to), isFresh ? 0 : REST_MS);
  }

  async ask(from, to) {
    this.request?.abort();
    const mine = this.request = new AbortController(), margin = (to - from) / 2;
    const wide = [Math.max(0, Math.floor(from - margin)), Math.ceil(to + margin)];
    try {
      this.marks = await getJson("/trends/marks", new URLSearchParams({ channels: this.ids().join(","), from: wide[0], to: wide[1] }), mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) this.onTrouble(error.message);
      return;
    }
    this.held = this.marks.more ? [from, to] : wide;
    this.onMarks(this.marks);
  }

  // The list below the chart: what is marked in the span that is seen.
  show(from, to, latest) {
    if (!this.marks) return;
    const { words } = this, inside = (it) => it.at >= from && it.at <= to, rows = [];
    for (const run of this.marks.experiments) if (run.from <= to && (run.to ?? latest) >= from) rows.push({ at: run.from, kind: words.experiment, text: run.name, href: `/experiments/${run.id}` });
    this.marks.notes.forEach((note, index) => { if (inside(note)) rows.push({ at: note.at, kind: `${words.note} ${index + 1}`, text: note.text, more: note.author, note: note.mine && this.form ? index : null }); });
    for (const alarm of this.marks.alarms) if (inside(alarm)) rows.push({ at: alarm.at, kind: words.alarm, text: alarm.name, more: words[`is${alarm.priority[0].toUpperCase()}${alarm.priority.slice(1)}`], href: `/alarms/${encodeURIComponent(alarm.id)}` });
    for (const mark of this.marks.clock) if (inside(mark)) rows.push({ at: mark.at, kind: words.clock, text: mark.text });
    for (const doubt of this.marks.reasons) if (inside(doubt)) rows.push({ at: doubt.at, kind: words[doubt.quality] ?? words.uncertain, text: doubt.name, more: doubt.text });
    rows.sort((a, b) => a.at - b.at);
    const key = JSON.stringify(rows);
    if (key === this.shown) return;
    this.shown = key;
    this.list.querySelector("tbody").replaceChildren(...rows.map((row) => this.row(row)));
    this.list.hidden = !rows.length;
  }

  row({ at, kind, text, more = "", href, note = null }) {
    const row = document.createElement("tr"), what = document.createElement(href ? "a" : "span");
    what.textContent = text;
    if (href) what.href = href;
    for (const content of [this.moment(at), kind, what, more]) {
      const cell = document.createElement("td");
      cell.append(content);
      row.append(cell);
    }
    if (note !== null) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "button button-quiet", textContent: this.words.edit });
      button.dataset.note = note;
      row.lastElementChild.append(" ", button);
    }
    return row;
  }

  // Write a note at a moment, or change one.
  open(at, note = null) {
    if (!this.dialog) return;
    this.at = Math.round(at);
    this.note = note;
    this.form.elements.text.value = note?.text ?? "";
    this.form.elements.channel.value = note?.channel ?? "";
    this.dialog.querySelector("[data-when]").textContent = this.moment(this.at);
    this.dialog.querySelector("[data-remove]").hidden = !note;
    this.tell("");
    this.dialog.showModal();
    this.form.elements.text.focus();
  }

  tell(sentence) {
    const place = this.dialog.querySelector("[data-fault]");
    place.textContent = sentence;
    place.hidden = !sentence;
  }

  save() {
    const { text, channel } = this.form.elements, running = this.form.dataset.running || null;
    const note = { at: new Date(this.at).toISOString(), text: text.value, event_public_id: channel.value || null };
    if (this.note) return this.send("PUT", `/${this.note.id}`, note);
    return this.send("POST", "", { ...note, experiment_public_id: running });
  }

  remove() { return this.send("DELETE", `/${this.note.id}`); }

  async send(method, path, body) {
    try {
      const answer = await fetch(`/api/v1/annotations${path}`, { method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json", Accept: "application/json" } });
      const said = await answer.json();
      if (!answer.ok) throw new Error(typeof said.detail === "string" ? said.detail : said.detail[0].msg);
      this.dialog.close();
      this.held = [0, 0];
      this.onMarks(null);
    } catch (error) { this.tell(error.message); }
  }
}
