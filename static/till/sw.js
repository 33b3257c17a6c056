/* Keeps the shell of the till page on the device: pages and assets of one version together, and nothing else. What the API
   answers is never kept. The server puts VERSION, PAGES, ASSETS and LANGUAGES before this. */
/* global VERSION, PAGES, ASSETS, LANGUAGES */

const SHELL = `till-${VERSION}`;
/** Which page was used last, so that /till/ leads there without a line. */
const LAST = "till-last";
const HOME = "/till/";

self.addEventListener("install", (event) => {
  // All or nothing, past the browser's own cache: half of two versions would be neither.
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll([...PAGES, ...ASSETS].map((path) => new Request(path, { cache: "reload" })))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === HOME) event.respondWith(home());
  else if (request.mode === "navigate" && PAGES.includes(pathname)) event.respondWith(page(pathname));
  else if (ASSETS.includes(pathname)) event.respondWith(kept(pathname));
});

async function forgetOthers() {
  for (const name of await caches.keys()) if (name !== SHELL && name !== LAST) await caches.delete(name);
}

async function kept(path) {
  const cache = await caches.open(SHELL);
  return (await cache.match(path)) ?? fetch(path);
}

async function page(path) {
  const last = await caches.open(LAST);
  await last.put(HOME, new Response(path)).catch(() => {}); // a full device forgets the language, no more
  return await kept(path);
}

async function home() {
  const last = await (await caches.open(LAST)).match(HOME);
  const wanted = (last && (await last.text())) || `${HOME}${language()}/`;
  return Response.redirect(wanted, 302);
}

/** The first language of the browser that the page speaks. */
function language() {
  const spoken = self.navigator.languages.map((code) => code.split("-")[0]);
  return spoken.find((code) => LANGUAGES.includes(code)) ?? LANGUAGES[0];
}
