// What every page needs of JavaScript: the clock, the state of the connection, menus, finding.
(() => {
  "use strict";
  const LOST_AFTER_MS = 2300, RENEW_AFTER_MS = 6000, AGAIN_AFTER_MS = 2000;
  const { then = "" } = document.currentScript.dataset;
  // Asked for again where the network fails in this moment: nothing else would bring the page to life.
  const load = (src) => {
    const onerror = () => setTimeout(load, AGAIN_AFTER_MS, src);
    document.head.append(Object.assign(document.createElement("script"), { src, async: false, onerror }));
  };

  addEventListener("load", () => {
    for (const { src } of document.querySelectorAll("script[data-vital]")) if (!window.htmx) setTimeout(load, AGAIN_AFTER_MS, src);
  });

  // Where values come first they are painted before htmx, which takes longer than all else, is asked
  // for. A page that nobody looks at yet is not painted, hence the timer.
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    clearTimeout(unseen);
    then.split(" ").filter(Boolean).forEach(load);
    // The tone of waiting alarms comes only where somebody has turned it on.
    const sound = document.getElementById("alarm-counts")?.dataset.sound;
    if (sound && localStorage.getItem("webmacs-sound") === "on") load(sound);
  };
  const unseen = setTimeout(begin, 500);
  new PerformanceObserver((list) => {
    if (list.getEntriesByName("first-contentful-paint").length) begin();
  }).observe({ type: "paint", buffered: true });

  const root = document.documentElement, clock = document.getElementById("clock");

  // Clock and running time, in the site's time zone, from the server's clock.
  const ahead = clock ? Number(clock.dataset.now) - Date.now() : 0;
  let format;  // made with the first tick: it takes longer than all the rest here
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const stopwatch = (s) => `${two(s / 3600)}:${two((s / 60) % 60)}:${two(s % 60)}`;
  const tick = () => {
    const now = Date.now() + ahead;
    format ??= new Intl.DateTimeFormat("en-GB", {
      timeZone: clock.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    });
    clock.querySelector("time").textContent = format.format(now);
    for (const time of document.querySelectorAll("time[data-since]"))
      time.textContent = stopwatch(Math.max(0, now - Number(time.dataset.since)) / 1000);
  };
  if (clock) setInterval(tick, 500);

  // Connection: each message of the page's stream counts; `webmacs:alive` does for other streams.
  let heard = performance.now(), connection = null, renewed = 0;
  const status = clock && clock.querySelector("small"), words = status ? status.textContent : "";
  const show = (state) => {
    if (clock.dataset.connection === state) return;
    clock.dataset.connection = state;
    root.toggleAttribute("data-lost", state === "lost");
    status.textContent = state === "lost" ? document.body.dataset.sayLost : words;
  };
  const alive = () => { heard = performance.now(); show("live"); };
  const watch = () => {
    if (clock.dataset.connection === "page") return;
    const silence = performance.now() - heard;
    if (silence > LOST_AFTER_MS) show("lost");
    if (silence > RENEW_AFTER_MS && performance.now() - renewed > RENEW_AFTER_MS) {
      renewed = performance.now();
      if (connection) connection.reader?.cancel();
      else for (const place of document.querySelectorAll("[hx-sse\\:connect]")) window.htmx?.trigger(place, "webmacs:retry");
    }
  };
  if (clock) {
    document.addEventListener("htmx:sse:after:connection", (it) => { connection = it.detail.connection; });
    document.addEventListener("htmx:sse:close", () => { connection = null; });
    document.addEventListener("htmx:sse:after:message", (it) => { connection = it.detail.connection; alive(); });
    document.addEventListener("webmacs:alive", alive);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) watch(); });
    document.addEventListener("htmx:sse:error", (it) => {
      if ([401, 403].includes(it.detail.status)) location.reload();   // signed out meanwhile
    });
    setInterval(watch, 250);
  }

  // A request that failed says so.
  const toast = (text) => {
    const place = document.getElementById("toast"), line = document.createElement("div"), said = document.createElement("span");
    line.className = "toast";
    said.textContent = text;
    line.append(said);
    place.replaceChildren(line);
    setTimeout(() => line.remove(), 8000);
  };
  for (const line of document.querySelectorAll("#toast .toast")) setTimeout(() => line.remove(), 8000);
  document.addEventListener("htmx:response:error", (it) => {
    const raw = it.detail.ctx?.response?.raw;
    if (raw && raw.status >= 500) toast(document.body.dataset.sayFailed);
  });

  // Menus close by Esc and by a click beside them.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("keydown", (it) => {
    if (it.key !== "Escape") return;
    for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  document.addEventListener("click", (it) => {
    for (const menu of menus()) if (!menu.contains(it.target)) menu.open = false;
  });

  // Find boxes: hide what does not hold the words; a part without anything left hides too.
  const narrow = (box) => {
    const wanted = box.querySelector("input").value.trim().toLowerCase().split(/\s+/);
    let found = 0;
    for (const place of document.querySelectorAll(box.dataset.filter)) {
      const items = [...place.querySelectorAll("[data-find]")];
      for (const item of items) item.hidden = !wanted.every((word) => item.dataset.find.toLowerCase().includes(word));
      place.hidden = items.length > 0 && items.every((item) => item.hidden);
      found += items.filter((item) => !item.hidden).length;
    }
    const none = box.querySelector(".find-none"), words = found || !wanted[0] ? "" : none.dataset.words;
    if (none.textContent !== words) none.textContent = words;
  };
  // Where the page says so, what is sought stands in the address, and in the links beside the box.
  const keep = (box) => {
    const place = box.closest("[data-keeps-find]"), sought = box.querySelector("input").value.trim();
    if (!place) return;
    const change = (address) => { if (sought) address.searchParams.set("find", sought); else address.searchParams.delete("find"); return address; };
    history.replaceState(null, "", change(new URL(location.href)));
    for (const link of place.querySelectorAll(".segments a")) link.href = change(new URL(link.href));
  };
  for (const box of document.querySelectorAll("[data-filter]")) {
    const sought = box.closest("[data-keeps-find]") && new URL(location.href).searchParams.get("find");
    if (sought) { box.querySelector("input").value = sought; narrow(box); keep(box); }
    box.addEventListener("input", () => { narrow(box); keep(box); });
    document.addEventListener("htmx:after:swap", () => narrow(box));
  }

  // The page for when the appliance cannot be reached; a certificate that is not trusted forbids it.
  if (navigator.serviceWorker && window.isSecureContext) {
    const register = () => navigator.serviceWorker.register("/service-worker.js").catch(() => {});
    if (document.readyState === "complete") register(); else addEventListener("load", register);
  }
})();
