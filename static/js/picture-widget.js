// Pictures on a dashboard: the drawing is fetched once, already cleaned; the live part says what its parts show.

const NS = "http://www.w3.org/2000/svg";

const load = async (figure) => {
  const answer = await fetch(figure.dataset.file);
  if (!answer.ok) throw new Error(String(answer.status));
  if (!answer.headers.get("content-type").startsWith("image/svg+xml")) {
    const image = document.createElement("img");
    image.src = figure.dataset.file;
    image.alt = "";
    return image;
  }
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-hidden", "true"); // the list of values says the same in words
  return document.importNode(drawing, true);
};

// A level is a gradient of two colours that meet at its height.
const level = (drawing, part, id) => {
  let gradient = drawing.querySelector(`[id="${id}"]`);
  if (!gradient) {
    gradient = document.createElementNS(NS, "linearGradient");
    gradient.id = id;
    for (const [name, value] of Object.entries({ x1: 0, y1: 1, x2: 0, y2: 0 })) gradient.setAttribute(name, value);
    for (const kind of ["full", "empty"]) {
      const stop = document.createElementNS(NS, "stop");
      stop.setAttribute("class", `picture-${kind}`);
      gradient.append(stop);
    }
    drawing.prepend(gradient);
    part.setAttribute("fill", `url(#${id})`);
  }
  return gradient.children;
};

const say = (part, words) => {
  const place = part.matches("text, tspan") ? part : part.querySelector("text") ?? part.querySelector("tspan");
  const inner = place?.querySelector("tspan") ?? place;
  if (inner && inner.textContent !== words) inner.textContent = words;
};

const paint = (figure, row) => {
  const { for: id, shows, share, quality, priority } = row.dataset, isOn = "on" in row.dataset;
  const drawing = figure.querySelector("svg"), part = drawing?.querySelector(`[data-part="${CSS.escape(id)}"]`);
  if (!part) return;
  part.dataset.shows = shows;
  part.dataset.quality = quality;
  part.toggleAttribute("data-on", isOn);
  if (priority) part.dataset.priority = priority; else delete part.dataset.priority;
  if (shows === "text") say(part, row.querySelector("b").textContent);
  if (shows === "fill") for (const stop of level(drawing, part, `${figure.dataset.place}level-${id}`)) stop.setAttribute("offset", `${quality === "bad" || quality === "none" ? 0 : share}%`);
};

for (const figure of document.querySelectorAll(".picture")) {
  const widget = figure.closest(".widget"), live = widget.querySelector(".widget-live");
  const all = () => { for (const row of widget.querySelectorAll(".picture-values li")) paint(figure, row); };
  widget.dataset.drawn = "";
  load(figure).then(
    (drawing) => { figure.replaceChildren(drawing); all(); new MutationObserver(all).observe(live, { childList: true, subtree: true, attributes: true, characterData: true }); },
    () => { figure.textContent = figure.dataset.missing; delete widget.dataset.drawn; },
  );
}
