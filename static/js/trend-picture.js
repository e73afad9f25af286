// What is seen as a PNG: title, span, the canvas of the chart, and the table of pens below it.

const ROW = 22, EDGE = 16, HEAD = 52;

export const savePicture = (chart, { title, span, rows, file }) => {
  const { plot, painter } = chart, ratio = uPlot.pxRatio, source = plot.ctx.canvas, { look } = painter;
  const canvas = document.createElement("canvas"), ctx = canvas.getContext("2d");
  canvas.width = source.width + 2 * EDGE * ratio;
  canvas.height = source.height + (HEAD + rows.length * ROW + EDGE) * ratio;
  ctx.fillStyle = look.surface;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.textBaseline = "middle";
  const write = (text, x, y, colour, weight = 400, size = 0.8125) => {
    ctx.font = `${weight} ${size * look.rem * ratio}px ${look.font}`;
    ctx.fillStyle = colour;
    ctx.fillText(text, x * ratio, y * ratio);
  };
  write(title, EDGE, 18, look.ink, 700, 1.0625);
  write(span, EDGE, 38, look["ink-2"]);
  ctx.drawImage(source, EDGE * ratio, HEAD * ratio);
  const below = HEAD + source.height / ratio;
  rows.forEach(({ pen, texts }, index) => {
    const y = below + (index + 0.5) * ROW, { colour, dash } = look.pens[pen], width = source.width / ratio;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2 * ratio;
    ctx.setLineDash(dash.map((part) => part * ratio));
    ctx.beginPath();
    ctx.moveTo(EDGE * ratio, y * ratio);
    ctx.lineTo((EDGE + 32) * ratio, y * ratio);
    ctx.stroke();
    ctx.setLineDash([]);
    write(texts[0], EDGE + 44, y, look.ink, 700);
    texts.slice(1).forEach((text, place) => write(text, EDGE + 44 + width * (0.34 + 0.13 * place), y, look["ink-2"]));
  });
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
};

// Paper is white, whatever the screen: light colours, and as wide as a sheet.
export const printInLight = (chart, place) => {
  const root = document.documentElement;
  let theme = null;
  const paint = () => { chart.resize(); chart.restyle(); };
  addEventListener("beforeprint", () => {
    theme = root.getAttribute("data-theme");
    root.setAttribute("data-theme", "light");
    place.classList.add("on-paper");
    paint();
  });
  addEventListener("afterprint", () => {
    if (theme) root.setAttribute("data-theme", theme); else root.removeAttribute("data-theme");
    place.classList.remove("on-paper");
    paint();
  });
};
