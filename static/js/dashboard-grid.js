// Hands on a dashboard that is being arranged: widgets are dragged and resized by pointer or arrow keys.
// The server decides where everything lies in the end; until it has answered, the same rule shows it here.

const COLUMNS = 12, MOST = 12, REST_MS = 700;
const board = document.getElementById("board"), said = document.getElementById("board-said"), conflict = document.getElementById("board-conflict");
const path = `/dashboards/${encodeURIComponent(board.dataset.id)}`, wide = matchMedia("(min-width: 641px)");
const widgets = new Map([...board.querySelectorAll(".widget")].map((it) => [it.dataset.id, it]));
const places = new Map([...widgets].map(([id, { dataset: { x, y, w, h } }]) => [id, { x: Number(x), y: Number(y), w: Number(w), h: Number(h) }]));
let seen = Number(board.dataset.seen), heard = seen, sending = Promise.resolve(), pending = 0, held = null;

const say = (text) => { said.textContent = text; };
const words = ({ x, y, w, h }) => said.dataset.place.replace("{x}", x + 1).replace("{y}", y + 1).replace("{w}", w).replace("{h}", h);
const same = (a, b) => a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
const covers = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
const inside = ({ x, y, w, h }) => {
  const width = Math.min(COLUMNS, Math.max(1, w)), height = Math.min(MOST, Math.max(1, h));
  return { x: Math.min(COLUMNS - width, Math.max(0, x)), y: Math.max(0, y), w: width, h: height };
};

// All places after one widget was put somewhere: what it covers goes down.
const moved = (id, to) => {
  const found = new Map([[id, to]]), others = [...places].filter(([key]) => key !== id).sort(([, a], [, b]) => a.y - b.y || a.x - b.x);
  for (const [key, place] of others) {
    const lowered = { ...place };
    for (let hit; (hit = [...found.values()].find((it) => covers(it, lowered)));) lowered.y = hit.y + hit.h;
    found.set(key, lowered);
  }
  return found;
};

const show = (shown) => {
  for (const [id, { x, y, w, h }] of shown) if (widgets.has(id)) widgets.get(id).style.gridArea = wide.matches ? `${y + 1} / ${x + 1} / span ${h} / span ${w}` : "";
};

const fields = () => {
  for (const input of document.querySelectorAll("form[data-deed] [name=seen]")) input.value = seen;
  for (const [id, { x, y, w, h }] of places) {
    const form = widgets.get(id)?.querySelector(".widget-place");
    if (form) for (const [name, value] of Object.entries({ column: x + 1, row: y + 1, width: w, height: h })) form.elements[name].value = value;
  }
};

const complain = (sentence) => {
  conflict.hidden = false;
  conflict.querySelector("[data-said]").textContent = sentence;
  show(places);
};

// The page has heard of another state than its own hands have made.
const compare = () => {
  if (!pending && heard > seen) complain(said.dataset.changed);
};

const take = (answer, word) => {
  seen = answer.seen;
  if (answer.whole) return location.reload();
  for (const [id, [x, y, w, h]] of Object.entries(answer.places)) places.set(id, { x, y, w, h });
  document.getElementById("board-undo").disabled = !answer.steps;
  show(places);
  fields();
  say(word);
};

const post = async (address, body, word) => {
  body.set("seen", seen);
  try {
    const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(body) });
    const isJson = answer.headers.get("Content-Type")?.includes("json"), data = isJson ? await answer.json() : {};
    if (answer.ok && isJson) take(data, word); else complain(data.detail ?? said.dataset.failed);
  } catch {
    complain(said.dataset.failed);
  }
};

// One after the other: each change says which state it was made on.
const send = (address, body, word = said.dataset.saved) => {
  pending++;
  sending = sending.then(() => post(address, body, word)).finally(() => { pending--; compare(); });
  return sending;
};

const commit = () => {
  if (!held) return;
  const { id, from, to } = held;
  clearTimeout(held.timer);
  widgets.get(id).removeAttribute("data-held");
  held = null;
  if (same(from, to)) return show(places);
  for (const [key, it] of moved(id, to)) places.set(key, it);
  const body = new FormData();
  for (const [name, value] of Object.entries({ widget: id, column: to.x + 1, row: to.y + 1, width: to.w, height: to.h })) body.set(name, value);
  send(`${path}/place`, body);
};

const giveUp = () => {
  if (!held) return;
  clearTimeout(held.timer);
  widgets.get(held.id).removeAttribute("data-held");
  held = null;
  show(places);
  say(said.dataset.undone);
};

const hold = (id, isSizing) => {
  if (held && (held.id !== id || held.isSizing !== isSizing)) commit();
  held ??= { id, isSizing, from: places.get(id), to: places.get(id), timer: 0 };
  widgets.get(id).setAttribute("data-held", "");
  return held;
};

const aim = (place) => {
  const to = inside(place);
  if (same(to, held.to)) return;
  held.to = to;
  show(moved(held.id, to));
  say(words(to));
};

// By pointer: the size of a cell says how far it went.
const cell = () => {
  const style = getComputedStyle(board), gap = parseFloat(style.columnGap);
  return { across: (board.clientWidth + gap) / COLUMNS, down: parseFloat(style.gridAutoRows) + parseFloat(style.rowGap) };
};

const drag = (it, widget, isSizing) => {
  if (it.button !== 0 || !wide.matches || !conflict.hidden) return;
  it.preventDefault();
  const handle = it.currentTarget, { across, down } = cell(), top = scrollY, { from } = hold(widget.dataset.id, isSizing);
  handle.setPointerCapture(it.pointerId);
  const move = (now) => {
    if (!held) return;
    const right = Math.round((now.clientX - it.clientX) / across), below = Math.round((now.clientY + scrollY - it.clientY - top) / down);
    aim(isSizing ? { ...from, w: Math.min(from.w + right, COLUMNS - from.x), h: from.h + below } : { ...from, x: from.x + right, y: from.y + below });
  };
  const end = (now) => {
    for (const [name, listener] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) handle.removeEventListener(name, listener);
    if (now.type === "pointerup") commit(); else giveUp();
  };
  for (const [name, listener] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) handle.addEventListener(name, listener);
};

// By keys: each press one cell; it is put down when the keys rest, or the focus leaves.
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const press = (it, widget, isSizing) => {
  if (it.key === "Escape") return giveUp();
  if (it.key === "Enter" && held) { it.preventDefault(); return commit(); }
  if (!(it.key in STEPS) || !wide.matches || !conflict.hidden) return;
  it.preventDefault();
  const [right, below] = STEPS[it.key], now = hold(widget.dataset.id, isSizing), { x, y, w, h } = now.to;
  aim(isSizing ? { x, y, w: Math.min(w + right, COLUMNS - x), h: h + below } : { x: x + right, y: y + below, w, h });
  clearTimeout(now.timer);
  now.timer = setTimeout(commit, REST_MS);
};

for (const widget of widgets.values()) {
  for (const [selector, isSizing] of [[".widget-move", false], [".widget-size", true]]) {
    const handle = widget.querySelector(selector);
    handle.addEventListener("pointerdown", (it) => drag(it, widget, isSizing));
    handle.addEventListener("keydown", (it) => press(it, widget, isSizing));
    handle.addEventListener("blur", commit);
  }
  widget.addEventListener("pointerdown", (it) => {
    if (it.pointerType === "mouse" && it.target.closest(".widget-head") && !it.target.closest("a")) drag({ ...pick(it), currentTarget: widget }, widget, false);
  });
}

function pick(it) {
  return { button: it.button, pointerId: it.pointerId, clientX: it.clientX, clientY: it.clientY, preventDefault: () => it.preventDefault() };
}

// Buttons and number fields do what they do without a script, but the page stays where it is.
document.addEventListener("submit", (it) => {
  if (!it.target.matches("form[data-deed]")) return;
  it.preventDefault();
  commit();
  it.target.closest("details")?.removeAttribute("open");
  send(it.target.action, new FormData(it.target));
});
document.addEventListener("keydown", (it) => { if (it.key === "Escape") giveUp(); });
board.addEventListener("dashboard", (it) => { heard = Math.max(heard, Number(it.detail.data)); compare(); });
wide.addEventListener("change", () => show(places));
