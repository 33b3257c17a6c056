/* The service worker from the page's side: asking for it, and changing to a new version when nobody is in the middle of a sale. */

const ADDRESS = "/till/sw.js";
/** A till stays open for weeks: how often it looks for a new version (ms). */
const LOOK = 3600000;
/** How often it looks whether the moment is good (ms). */
const MOMENT = 5000;

/** Keep the page on the device and up to date. `isIdle()` says whether reloading disturbs nobody. */
export async function stayCurrent(isIdle) {
  if (!navigator.serviceWorker) return; // no https: the page works with a line only
  navigator.storage?.persist?.().catch(() => {});
  const policy = window.trustedTypes?.createPolicy("till", { createScriptURL: () => ADDRESS });
  const registration = await navigator.serviceWorker.register(policy?.createScriptURL(ADDRESS) ?? ADDRESS, { scope: "/till/" });
  setInterval(() => registration.update().catch(() => {}), LOOK);
  let hadOne = Boolean(navigator.serviceWorker.controller); // the very first one is no new version
  let isNew = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    isNew = hadOne;
    hadOne = true;
  });
  setInterval(() => {
    if (!isIdle()) return;
    if (isNew) location.reload();
    else registration.waiting?.postMessage("take over");
  }, MOMENT);
}
