// The export page: ticking many channels at once, and how far a download has come.
(() => {
  "use strict";
  const POLL_MS = 400, GIVE_UP_AFTER = 25;
  const form = document.getElementById("export");
  if (!form) return;

  form.addEventListener("click", (it) => {
    const button = it.target.closest("[data-tick]");
    if (!button) return;
    for (const box of form.querySelectorAll(`${button.dataset.in} label:not([hidden]) [name=channels]`)) box.checked = button.dataset.tick === "all";
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });

  const panel = document.getElementById("progress"), words = document.getElementById("progress-words");
  const bar = panel.querySelector("progress"), cancel = document.getElementById("cancel");
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : bytes < 1e9 ? `${numbers.format(Math.round(bytes / 1e5) / 10)} MB` : `${numbers.format(Math.round(bytes / 1e7) / 100)} GB`);
  const { done, cancelled, failed, values, starting } = panel.dataset, ends = { done, cancelled, failed };
  let job = "", misses = 0;

  const show = ({ state, share, rows, bytes }) => {
    if (state === "unknown") return;
    bar.value = state === "done" ? 1 : share;
    words.textContent = `${ends[state] ?? `${Math.floor(share * 100)} %`}: ${numbers.format(rows)} ${values}, ${size(bytes)}`;
    cancel.hidden = state !== "running";
  };
  const poll = async (mine) => {
    if (mine !== job) return;
    try {
      const answer = await fetch(`/export/progress/${mine}`, { headers: { Accept: "application/json" } });
      const course = await answer.json();
      show(course);
      misses = course.state === "unknown" ? misses + 1 : 0;
      if (course.state in ends) return;
    } catch { misses += 1; }
    if (misses > GIVE_UP_AFTER) { panel.hidden = true; return; }
    setTimeout(poll, POLL_MS, mine);
  };

  form.addEventListener("submit", (it) => {
    if (it.submitter?.formAction.endsWith("/export")) return;
    job = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    form.elements.job.value = job;
    misses = 0;
    bar.value = 0;
    words.textContent = starting;
    panel.hidden = false;
    cancel.hidden = false;
    setTimeout(poll, POLL_MS, job);
  });
  cancel.addEventListener("click", () => fetch(`/export/cancel/${job}`, { method: "POST" }));
})();
