// A dashboard on a wall: keeps the screen awake, hides the pointer, takes turns, and comes back after an update by itself.

const IDLE_MS = 3000, RETRY_MS = 5000, RENEW_MS = 6 * 3600 * 1000, REACH_MS = 8000;
const root = document.documentElement, board = document.getElementById("board");
const isLost = () => root.hasAttribute("data-lost");

// Nothing here leads anywhere else.
document.addEventListener("click", (it) => { if (it.target.closest("a")) it.preventDefault(); }, true);

let idle = 0;
const wake = () => {
  root.removeAttribute("data-idle");
  clearTimeout(idle);
  idle = setTimeout(() => root.setAttribute("data-idle", ""), IDLE_MS);
};
document.addEventListener("pointermove", wake);
wake();

// Browsers let a page keep the screen on only where it came by HTTPS, and only while it is seen.
const stayAwake = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); };
document.addEventListener("visibilitychange", stayAwake);
stayAwake();

// Goes somewhere only if it is there: an error page of the browser would stay on the wall for ever.
const go = async (address) => {
  try {
    const answer = isLost() ? null : await fetch(address, { method: "HEAD", signal: AbortSignal.timeout(REACH_MS) });
    if (answer?.ok) return location.replace(answer.redirected ? answer.url : address);
  } catch { /* it is not there now */ }
  setTimeout(() => go(address), RETRY_MS);
};

// After a break: is it still the same release?
let wasLost = false;
new MutationObserver(() => { wasLost ||= isLost(); }).observe(root, { attributeFilter: ["data-lost"] });
document.addEventListener("htmx:sse:after:connection", async () => {
  if (!wasLost) return;
  wasLost = false;
  try {
    const { version } = await (await fetch("/health", { signal: AbortSignal.timeout(REACH_MS) })).json();
    if (version !== board.dataset.version) go(location.href);
  } catch { wasLost = true; }
});
setTimeout(() => go(location.href), RENEW_MS);

// Turns: a touch or the space bar holds them, an alarm that waits does where that was chosen.
const { next, seconds, turn } = board.dataset;
if (next) {
  const hint = document.getElementById("turns"), progress = document.getElementById("progress"), bar = progress.firstElementChild;
  const length = Number(seconds) * 1000;
  let isHeld = false, shown = 0, then = performance.now();
  const waits = () => "stopsOnAlarm" in board.dataset && document.querySelector("#alarm-strip [data-state^='unack'], #alarm-counts [data-waiting]:not([data-waiting='0'])") !== null;
  const step = () => {
    const now = performance.now(), alarm = waits();
    if (!isHeld && !alarm && !isLost()) shown += now - then;
    then = now;
    const words = isHeld ? `${turn} · ${hint.dataset.held}` : alarm ? `${turn} · ${hint.dataset.alarm}` : turn;
    if (hint.textContent !== words) hint.textContent = words;
    progress.toggleAttribute("data-held", isHeld || alarm);
    bar.style.transform = `scaleX(${Math.min(1, shown / length)})`;
    if (shown < length) return;
    clearInterval(timer);
    go(next);
  };
  const timer = setInterval(step, 250);
  hint.hidden = progress.hidden = false;
  step();
  const hold = () => { isHeld = !isHeld; step(); };
  document.addEventListener("pointerup", hold);
  document.addEventListener("keydown", (it) => { if (it.key === " ") { it.preventDefault(); hold(); } });
}
