// Shows a page of ours when the appliance cannot be reached; keeps nothing else.
const STORE = "offline-3";
const KEPT = ["/offline", "/static/css/base.css"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STORE).then((store) => store.addAll(KEPT)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name !== STORE).map((name) => caches.delete(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names))));
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match("/offline")));
  } else if (event.request.method === "GET" && KEPT.includes(path)) {
    const kept = () => caches.match(event.request, { ignoreSearch: true });
    event.respondWith(fetch(event.request).catch(kept));
  }
});
