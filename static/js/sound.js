// A tone in the browser while alarms wait to be acknowledged; off until somebody turns it on here.
(() => {
  "use strict";
  const EVERY_MS = 4000, KEY = "webmacs-sound", button = document.getElementById("sound");
  let context = null;
  const wanted = () => localStorage.getItem(KEY) === "on";
  const waiting = () => Number(document.querySelector("#alarm-counts [data-waiting]")?.dataset.waiting ?? 0);

  const tone = (at, pitch) => {
    const swing = context.createOscillator(), volume = context.createGain();
    swing.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
    volume.gain.linearRampToValueAtTime(0, at + 0.28);
    swing.connect(volume).connect(context.destination);
    swing.start(at);
    swing.stop(at + 0.3);
  };
  const call = () => {
    tone(context.currentTime, 880);
    tone(context.currentTime + 0.35, 660);
    document.documentElement.dataset.called = String(Number(document.documentElement.dataset.called ?? 0) + 1);
  };
  const open = async () => {
    context ??= new AudioContext();
    if (context.state !== "running") await context.resume().catch(() => {});
    show();
  };
  const show = () => {
    if (!button) return;
    const on = wanted(), mute = on && context?.state !== "running";
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("span").textContent = mute ? button.dataset.mute : on ? button.dataset.on : button.dataset.off;
  };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const mute = wanted() && context?.state !== "running";
      if (!mute) localStorage.setItem(KEY, wanted() ? "off" : "on");
      if (!wanted()) { show(); return; }
      await open();
      if (context.state === "running") call();   // so that whoever turns it on hears it
    });
  }
  // Browsers let a page sound only after somebody has touched it.
  document.addEventListener("pointerdown", () => { if (wanted() && context?.state !== "running") open(); });
  document.addEventListener("keydown", () => { if (wanted() && context?.state !== "running") open(); });
  setInterval(() => { if (wanted() && waiting() && context?.state === "running") call(); }, EVERY_MS);
  if (wanted()) open();
  show();
})();
