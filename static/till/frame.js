/* The frame around every screen: what all of them share, which one is shown, the bar, the menu and the function keys. */

import { call, line } from "./api.js";
import { bdi, h, key as keyShown, speak, t, walk } from "./dom.js";
import { keep, setting, StorageBroken } from "./store.js";

/** What every screen may read. `workplace` is the answer of GET /api/v1/workplace, or null on a device that is no till yet;
    `isBusy` is set by whoever has a basket that a change of page would lose; without `canKeep` the device stores nothing. */
export const state = { workplace: null, isOnline: navigator.onLine, waiting: 0, conflicts: 0, isBusy: false, canKeep: true };
/** "online", "offline" (the line changed), "queue" (waiting, conflicts), "workplace" (till or cashier), "goods" (fetch them
    again), "revoked" (the server knows this till no more), "screen" (another one is shown). */
export const bus = new EventTarget();
export const tell = (name) => bus.dispatchEvent(new Event(name));

/** How often a till without a line looks whether it is back (ms). */
const LOOK_AGAIN = 10_000;
const screens = new Map();
let shown = { name: "", leave: null };

/** Register a screen. `draw(place, args)` fills the element `place`, and may return what to do when it is left. */
export function screen(name, draw) {
  screens.set(name, draw);
}

export const has = (name) => screens.has(name);

/** Show a screen instead of the one before. */
export function show(name, args = {}) {
  shown.leave?.();
  quiet();
  const place = document.getElementById("screen");
  place.className = `screen ${name}`;
  place.replaceChildren();
  shown = { name, leave: null };
  shown.leave = screens.get(name)(place, args) ?? null;
  // A screen that chose no field of its own begins at its heading, so that the keyboard and a reader are inside it.
  if (!place.contains(document.activeElement)) place.querySelector("h1")?.focus();
  if (!state.canKeep) say(t("nothing_kept"), "bad");
  toggleMenu(false);
  drawBar();
  tell("screen");
}

/** To where a cashier works: selling, once the device is a till and somebody has signed in who must. */
export function home() {
  const place = state.workplace;
  if (!place) show("start");
  else if (place.needs_cashier_pin && !place.cashier) show("signin");
  else show(has("sell") ? "sell" : "settings");
}

/** One sentence above the screen, also spoken: "good", "warn" or "bad". It goes when another screen comes. */
export function say(text, kind = "warn") {
  document.getElementById("said").replaceChildren(
    h(`p.said.${kind}`, {}, h("span", {}, text), h("button.plain", { type: "button", onclick: quiet }, t("close"))),
  );
  speak(text);
}

/** Take that sentence away. */
export const quiet = () => document.getElementById("said").replaceChildren();

/** What the server said of a refusal, or that it said nothing. */
export const sentence = (problem) => problem?.title || t("no_answer");

/** Take note of a new answer to GET workplace; null: this device is no till. A device that keeps nothing can still sell. */
export async function settle(workplace) {
  state.workplace = workplace;
  drawBar();
  tell("workplace");
  await stored(() => keep("workplace", workplace));
}

/** Ask for the workplace. The answer's status; throws Unreachable. */
export async function refresh() {
  const { status, data } = await call("GET", "/api/v1/workplace");
  if (status === 200) await settle(data);
  return status;
}

/** {workplace: as it was kept, for a start without a line, or null; wasAsked: whether a code was ever sent from here}. */
export const kept = async () => ({
  workplace: (await stored(() => setting("workplace"))) ?? null,
  wasAsked: (await stored(() => setting("asked"))) ?? !state.canKeep,
});

/** Note that a code is about to be sent: should its answer get lost, the next start asks the server. */
export const noteAsked = () => stored(() => keep("asked", true));

/** The outcome of `work` with the device's storage; undefined, and every screen says so, where that is broken. */
async function stored(work) {
  try {
    const found = await work();
    state.canKeep = true;
    return found;
  } catch (error) {
    if (!(error instanceof StorageBroken)) throw error;
    state.canKeep = false;
    return undefined;
  }
}

// --- the bar and the menu ---

const SCREENS = [
  ["F1", "sell", () => t("menu_sell")],
  ["F2", "enrol", () => t("menu_enrol")],
  ["F3", "receipts", () => t("menu_receipts")],
  ["F4", "return", () => t("menu_return")],
  ["F6", "waiting", () => t("menu_waiting")],
  ["F7", "signin", () => t("menu_cashier")],
  ["F8", "settings", () => t("menu_settings")],
];

function entries() {
  if (!state.workplace) return [];
  const found = SCREENS.filter(([, name]) => has(name)).map(([key, name, words]) => ({
    key, name, words: words(), run: () => show(name),
  }));
  found.splice(found.findIndex(({ key }) => key > "F5"), 0, {
    key: "F5", name: "goods", words: t("menu_goods"), run: () => (toggleMenu(false), tell("goods")),
  });
  return found;
}

function drawMenu() {
  document.getElementById("menu").replaceChildren(
    h("ul", {}, entries().map(({ key, name, words, run }) =>
      h("li", {}, h("button", { type: "button", onclick: run, "aria-keyshortcuts": key, "aria-current": name === shown.name && "page" },
        h("span", {}, words), keyShown(key))))),
  );
}

function toggleMenu(open) {
  const menu = document.getElementById("menu");
  if (open) drawMenu();
  menu.hidden = !open;
  document.getElementById("menu-button")?.setAttribute("aria-expanded", String(open));
  if (open) (menu.querySelector("[aria-current]") ?? menu.querySelector("button"))?.focus();
}

const isMenuOpen = () => !document.getElementById("menu").hidden;

function closeMenu() {
  toggleMenu(false);
  document.getElementById("menu-button").focus();
}

function drawBar() {
  const { workplace, isOnline, waiting, conflicts } = state;
  const button = document.getElementById("menu-button");
  button.hidden = !workplace;
  document.getElementById("workplace").replaceChildren(
    workplace ? h("strong", {}, h("bdi", {}, workplace.store)) : h("strong", {}, t("title")),
    workplace ? h("span", {}, h("bdi", {}, workplace.terminal)) : "",
  );
  const place = document.getElementById("line");
  place.className = isOnline ? "line good" : "line warn";
  const lineSaid = isOnline ? t("line_there") : t("line_gone");
  if (place.textContent !== lineSaid) place.replaceChildren(lineSaid);
  const deeds = [
    waiting && ["↑", waiting, t("deeds_wait", { count: waiting })],
    conflicts && ["!", conflicts, t("deeds_differ", { count: conflicts })],
  ].filter(Boolean);
  const words = deeds.map(([, , text]) => text).join(" · "); // a narrow screen has room for the numbers only: the style chooses
  document.getElementById("deeds").replaceChildren(
    ...(deeds.length
      ? [h("button", { type: "button", "aria-label": words, onclick: () => has("waiting") && show("waiting") },
          h("span.words", {}, words), h("span.count", {}, deeds.map(([sign, count]) => `${sign} ${count}`).join(" · ")))]
      : []),
  );
  document.getElementById("cashier").replaceChildren(
    ...(workplace && has("signin")
      ? [h("button", { type: "button", class: workplace.cashier || workplace.needs_cashier_pin ? null : "nobody", onclick: () => show("signin") },
          workplace.cashier ? [h("bdi", {}, workplace.cashier.name), " ", bdi(workplace.cashier.number)] : t("nobody_signed_in"))]
      : []),
  );
}

/** Build the frame; screens are shown in it afterwards. */
export function build() {
  document.getElementById("till").replaceChildren(
    h("header", { id: "bar" },
      h("button", { id: "menu-button", type: "button", hidden: true, "aria-expanded": "false", "aria-controls": "menu", "aria-keyshortcuts": "F9",
        onclick: () => toggleMenu(!isMenuOpen()) }, t("menu"), " ", keyShown("F9")),
      h("p", { id: "workplace" }),
      h("p", { id: "line", role: "status" }),
      h("div", { id: "deeds" }),
      h("div", { id: "cashier" }),
      h("div", { id: "said" })), // in the bar, which stays in sight however far the screen is scrolled
    h("nav", { id: "menu", hidden: true, "aria-label": t("menu") }),
    h("main", { id: "screen" }),
  );
  document.addEventListener("keydown", pressed);
  line.addEventListener("answered", () => setOnline(true));
  line.addEventListener("silent", () => setOnline(false));
  line.addEventListener("unknown", () => state.workplace && tell("revoked"));
  addEventListener("online", look);
  setInterval(() => state.isOnline || look(), LOOK_AGAIN);
  bus.addEventListener("queue", drawBar);
  drawBar();
}

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (isMenuOpen() && event.key === "Escape") return closeMenu();
  if (isMenuOpen() && walk(event, document.getElementById("menu"))) return;
  if (!/^F([1-9]|10)$/.test(event.key) || !state.workplace) return;
  event.preventDefault(); // F5 must not throw a basket away
  if (event.key === "F9") return isMenuOpen() ? closeMenu() : toggleMenu(true);
  const here = [...document.querySelectorAll(`#screen [aria-keyshortcuts="${event.key}"]`)].find((one) => one.checkVisibility());
  // What the screen itself has under this key goes before the menu: a button is pressed, a part of it is entered.
  if (here?.matches("button")) here.click();
  else if (here) here.querySelector("button")?.focus();
  else entries().find(({ key }) => key === event.key)?.run();
}

// --- the line ---

function setOnline(isOnline) {
  if (state.isOnline === isOnline) return;
  state.isOnline = isOnline;
  drawBar();
  tell(isOnline ? "online" : "offline");
}

async function look() {
  if (!state.workplace) return;
  await refresh().catch(() => {}); // no answer: we are told by the line, and look again
}
