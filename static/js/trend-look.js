// How the chart looks: colours from the tokens, ranges and steps of its scales.

import { number } from "./trend-data.js";

const TOKENS = ["grid", "line", "line-strong", "ink", "ink-2", "ink-3", "ink-inverse", "surface", "sunken", "accent", "on-accent",
  ...["critical", "high", "medium", "low"].flatMap((it) => [it, `on-${it}`, `${it}-edge`])];

// Colour, dash and width as the style sheet gives them to the pens of the table.
export const readLook = (pens) => {
  const probe = document.createElement("span");
  probe.style.forcedColorAdjust = "none";   // a canvas is not painted over: its colours stay apart
  document.body.append(probe);
  const colour = (token) => { probe.style.color = `var(--${token})`; return getComputedStyle(probe).color; };
  const look = { pens: [] };
  for (const token of TOKENS) look[token] = colour(token);
  probe.remove();
  for (const pen of pens) {
    const style = getComputedStyle(pen);
    look.pens.push({ colour: style.stroke, dash: style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat) });
  }
  look.font = getComputedStyle(document.body).fontFamily;
  look.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return look;
};

// The step of a scale: 1, 2 or 5 times a power of ten.
export const niceStep = (span, count) => {
  const rough = span / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
};

const COUNTER_SPAN = 1e6;   // a range that says nothing about the values

// What a lane shows from bottom to top: what was measured, zero and the limits where they are near.
export const laneRange = (tracks, from, to, isLog = false) => {
  let low = Infinity, high = -Infinity, least = Infinity, isPositive = true;
  for (const track of tracks) {
    const seen = track.isHidden ? null : track.extent(from, to), { min, max, lowLimit, highLimit, decimals } = track.channel;
    if (!seen) continue;
    const still = max - min > COUNTER_SPAN ? Math.abs(seen.high) * 0.1 : (max - min) * 0.02;   // noise stays small
    least = Math.min(least, Math.max(still, 4 * 10 ** -decimals));
    isPositive &&= seen.low >= 0;
    const reach = Math.max(seen.high - seen.low, (max - min) * 0.1);
    low = Math.min(low, seen.low, lowLimit !== null && lowLimit > seen.low - reach ? lowLimit : Infinity);
    high = Math.max(high, seen.high, highLimit !== null && highLimit < seen.high + reach ? highLimit : -Infinity);
  }
  if (low > high) [low, high] = [tracks[0].channel.min, tracks[0].channel.max];
  if (isLog) return [low, high];
  if (high - low < least) {
    const foot = (low + high - least) / 2;
    [low, high] = foot < 0 && isPositive ? [0, least] : [foot, foot + least];
  }
  if (low > 0 && low < high * 0.4) low = 0;
  return [low, high];
};

// A number beside the axis: millions and more in short.
export const tick = (value, step) => {
  const [size, sign] = [[1e9, " G"], [1e6, " M"]].find(([size]) => step >= size / 10) ?? [1, ""];
  return number(value / size, Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9))) + sign;
};

// What a lane shows with a logarithmic scale: whole decades, what is not above zero lies at its foot.
export const decades = (tracks, from, to) => {
  const [, high] = laneRange(tracks, from, to, true);
  let least = Infinity;
  for (const track of tracks) if (!track.isHidden) track.each(from, to, (index) => { if (track.low[index] > 0) least = Math.min(least, track.low[index]); });
  const top = high > 0 ? Math.ceil(Math.log10(high) - 1e-9) : 0;
  const foot = Math.min(top - 1, Math.max(top - 12, least < Infinity ? Math.floor(Math.log10(least) + 1e-9) : top - 3));
  return [10 ** foot, 10 ** top];
};
