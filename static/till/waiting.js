/* What waits to be sent, what the office should look at, and why: in words that say what to do. */

import { money } from "./basket.js";
import { minutesOff } from "./clock.js";
import { bdi, h, language, t } from "./dom.js";
import { bus, say, screen, state, tell } from "./frame.js";
import { changes, conflicts, forgetConflicts, sync, trouble, unsavedCount, waiting } from "./queue.js";

const KINDS = {
  sale: () => t("kind_sale"),
  return: () => t("kind_return"),
  void: () => t("kind_void"),
  enrol: () => t("kind_enrol"),
  wishes: () => t("kind_wishes"),
  notice: () => t("kind_notice"),
};
const moment = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
let wasFull = false;

/** What stands in the way now, as sentences, the gravest first; none when all is well. */
export function obstacles() {
  const count = state.waiting;
  const found = [];
  if (unsavedCount()) found.push(t("device_full", { count: unsavedCount() }));
  if (count && trouble() === "signed_out") found.push(t("till_unknown_waiting", { count }));
  else if (count && trouble() === "busy") found.push(t("server_busy"));
  else if (count && trouble()) found.push(t("server_gone", { count }));
  if (minutesOff()) found.push(t("clock_wrong", { count: Math.abs(minutesOff()) }));
  return found;
}

screen("waiting", (place) => {
  draw(place);
  const again = () => draw(place);
  changes.addEventListener("change", again);
  for (const name of ["online", "offline"]) bus.addEventListener(name, again);
  return () => {
    changes.removeEventListener("change", again);
    for (const name of ["online", "offline"]) bus.removeEventListener(name, again);
  };
});

let drawing = 0;
async function draw(place) {
  const mine = ++drawing;
  const [left, differing] = await Promise.all([waiting(), conflicts().catch(() => [])]);
  if (mine !== drawing || !place.isConnected) return; // a later drawing knows better
  const focused = place.contains(document.activeElement) ? document.activeElement.id : null;
  place.replaceChildren(
    h("section.card", {},
      h("h1", { tabindex: "-1" }, t("waiting_title")),
      obstacles().map((text) => h("p.said.warn", {}, text)),
      left.length
        ? [
            h("p", {}, t("waiting_help")),
            h("ul.deeds", {}, left.map((deed) => line(deed))),
            h("div.buttons", {}, h("button", { id: "send-now", type: "button", onclick: sync }, t("send_now"))),
          ]
        : h("p", {}, t("nothing_waits"))),
    differing.length
      ? h("section.card", {},
          h("h2", {}, t("differing_title")),
          h("p", {}, t("differing_help")),
          h("ul.deeds", {}, differing.toReversed().map((one) => line(one, one.texts))),
          h("div.buttons", {}, h("button.plain", { id: "seen", type: "button", onclick: forgetConflicts }, t("differing_seen"))))
      : "",
  );
  const next = focused ? (document.getElementById(focused) ?? place.querySelector("button, h1")) : null;
  next?.focus();
}

function line(deed, texts = []) {
  return h("li", {},
    h("p", {}, h("strong", {}, KINDS[deed.kind]()), " ", deed.number ? bdi(deed.number) : "", deed.total ? [" ", bdi(money(deed.total, state.workplace?.currency ?? ""))] : ""),
    h("p.quiet", {}, h("time", { datetime: deed.at }, moment.format(new Date(deed.at)))),
    deed.state === "cancel" && h("p", {}, t("will_be_cancelled")),
    texts.map((text) => h("p", {}, text)),
    deed.lines && h("ul", {}, deed.lines.map((one) => h("li", {}, bdi([one.sku ?? one.line, "×", one.quantity, one.amount ?? ""].join(" ").trim())))));
}

async function count() {
  state.waiting = (await waiting()).length;
  state.conflicts = (await conflicts().catch(() => [])).length;
  tell("queue");
  if (unsavedCount() && !wasFull) say(t("device_full", { count: unsavedCount() }), "bad");
  wasFull = unsavedCount() > 0;
}

changes.addEventListener("change", count);
for (const name of ["online", "workplace"]) bus.addEventListener(name, () => state.workplace && sync());
addEventListener("beforeunload", (event) => unsavedCount() && event.preventDefault());
count();
