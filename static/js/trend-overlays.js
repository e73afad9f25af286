// What lies under and over the pens of a chart: hatches of what cannot be trusted, experiments, notes, alarms, pinned cursor.
// Each takes the painter: its canvas, its look, `x(at)`, `view`, and `space` (places of lanes in pixels).

const BAND = 16, MARK = 8;
const SHAPES = {
  critical: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  high: [[0, -1.15], [1.15, 1], [-1.15, 1]],
  medium: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]],
};

const slants = (ctx, space, top, height, step, isRising) => {
  for (let x = space.left - height; x < space.right; x += step) {
    ctx.moveTo(x, isRising ? top + height : top);
    ctx.lineTo(x + height, isRising ? top : top + height);
  }
};

const within = (painter, stretches, place) => {
  const [from, to] = painter.view;
  let isAny = false;
  for (const [start, end] of stretches) {
    if (end <= from || start >= to) continue;
    const left = painter.x(Math.max(from, start)), right = painter.x(Math.min(to, end));
    place.ctx.rect(left, place.top, Math.max(2 * painter.space.ratio, right - left), place.height);
    isAny = true;
  }
  return isAny;
};

const fill = (painter, stretches, top, height, { alpha, step, ways }) => {
  if (!stretches.length) return;
  const { ctx } = painter.plot, { ratio } = painter.space;
  ctx.save();
  ctx.beginPath();
  if (within(painter, stretches, { ctx, top, height })) {
    ctx.clip();
    ctx.beginPath();
    for (const isRising of ways) slants(ctx, painter.space, top, height, step * ratio, isRising);
    ctx.strokeStyle = painter.look["line-strong"];
    ctx.lineWidth = ratio;
    ctx.globalAlpha = alpha;
    ctx.stroke();
  }
  ctx.restore();
};

// Slanted lines where there is no value that can be trusted (crossed where it was bad), faint ones the other way where it is doubtful.
export const hatch = (painter, tracks, top, height) => {
  const shown = tracks.filter((track) => !track.isHidden);
  const gaps = shown.flatMap((track) => track.gaps), doubts = shown.flatMap((track) => track.doubts);
  fill(painter, doubts, top, height, { alpha: 0.3, step: 9, ways: [false] });
  fill(painter, gaps.filter((gap) => gap[2] !== 2), top, height, { alpha: 0.45, step: 7, ways: [true] });
  fill(painter, gaps.filter((gap) => gap[2] === 2), top, height, { alpha: 0.45, step: 7, ways: [true, false] });
};

// A band with its name for each experiment, above the lanes.
export const drawRuns = (painter, runs) => {
  const { ctx } = painter.plot, { space, look } = painter, [from, to] = painter.view, height = BAND * space.ratio;
  const top = space.top - height - 4 * space.ratio;
  for (const run of runs) {
    const left = painter.x(Math.max(from, run.from)), right = painter.x(Math.min(to, run.to ?? painter.latest));
    if (right < space.left || left > space.right || right <= left) continue;
    ctx.fillStyle = look.sunken;
    ctx.fillRect(left, top, right - left, height);
    ctx.fillStyle = look["ink-3"];
    if (run.from >= from) ctx.fillRect(left, top, 2 * space.ratio, height);
    if (run.to && run.to <= to) ctx.fillRect(right - 2 * space.ratio, top, 2 * space.ratio, height);
    painter.clip(ctx, { left: left + 6 * space.ratio, width: Math.max(0, right - left - 10 * space.ratio) }, top, height, () => {
      ctx.textAlign = "left";
      ctx.textBaseline = "middle";
      painter.text(ctx, run.name, left + 6 * space.ratio, top + height / 2, look["ink-2"]);
    });
  }
};

const upright = (painter, at, colour, dash, top = painter.space.top) => {
  const { ctx } = painter.plot, { space } = painter, x = Math.round(painter.x(at)) + 0.5;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * space.ratio;
  ctx.setLineDash(dash.map((part) => part * space.ratio));
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, space.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
  return x;
};

// A numbered flag for each note; the numbers stand in the list below the chart.
export const drawNotes = (painter, notes) => {
  const { ctx } = painter.plot, { space, look } = painter, [from, to] = painter.view, size = 9 * space.ratio;
  notes.forEach((note, index) => {
    if (note.at < from || note.at > to) return;
    const x = upright(painter, note.at, look["ink-2"], [2, 3], size), text = String(index + 1);
    ctx.font = painter.font(700, space.ratio);
    const wide = ctx.measureText(text).width + 8 * space.ratio;
    ctx.fillStyle = look["ink-2"];
    ctx.fillRect(x - space.ratio, 2, wide, size * 1.7);
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    painter.text(ctx, text, x + 3 * space.ratio, 2 + size * 0.87, look["ink-inverse"], 700);
  });
};

const outline = (ctx, priority, x, y, size) => {
  ctx.beginPath();
  const shape = SHAPES[priority];
  if (!shape) ctx.arc(x, y, size, 0, 2 * Math.PI);
  else for (const [right, down] of shape) ctx.lineTo(x + right * size, y + down * size);
  ctx.closePath();
};

// Shape and letter of its priority where an alarm was raised, on the edge of the lane of its channel.
export const drawAlarms = (painter, alarms) => {
  const { ctx } = painter.plot, { space, look } = painter, [from, to] = painter.view, size = MARK * space.ratio;
  for (const alarm of alarms) {
    if (alarm.at < from || alarm.at > to) continue;
    const lane = space.lanes.find((it) => it.tracks.some((track) => track.channel.id === alarm.channel)), x = painter.x(alarm.at);
    const y = (lane ? lane.top : space.top) + size;
    outline(ctx, alarm.priority, x, y, size);
    ctx.fillStyle = look[alarm.priority] ?? look.low;
    ctx.strokeStyle = look[`${alarm.priority}-edge`] ?? look["low-edge"];
    ctx.lineWidth = 1.5 * space.ratio;
    ctx.fill();
    ctx.stroke();
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    painter.text(ctx, alarm.priority[0].toUpperCase(), x, y + (alarm.priority === "high" ? 2 : 0.5) * space.ratio, look[`on-${alarm.priority}`] ?? look["on-low"], 700);
  }
};

// Where the clock of the appliance was set or ran free: stamps before and after may not be compared.
export const drawClock = (painter, marks) => {
  const [from, to] = painter.view;
  for (const mark of marks) if (mark.at >= from && mark.at <= to) upright(painter, mark.at, painter.look["ink-3"], [8, 3, 2, 3]);
};

export const drawPin = (painter, at) => { if (at !== null) upright(painter, at, painter.look.accent, []); };
