/* The last receipts of this till: goods come back from them, and a sale of today can be cancelled. */

import { call, Unreachable } from "./api.js";
import { money } from "./basket.js";
import { ask, bdi, h, language, t, walk } from "./dom.js";
import { quiet, say, screen, sentence, show, state } from "./frame.js";
import { submit } from "./queue.js";
import { foresee, sentencesOf } from "./returns.js";
import { withCashier } from "./signin.js";
import { all } from "./store.js";

const when = new Intl.DateTimeFormat(language, { weekday: "short", hour: "2-digit", minute: "2-digit" });

screen("receipts", (place) => {
  const list = h("div");
  place.append(h("section.card", {}, h("h1", { tabindex: "-1" }, t("receipts_title")), list));
  list.addEventListener("keydown", (event) => walk(event, list, "li"));
  draw(list);
});

async function draw(list) {
  const heard = state.isOnline ? await call("GET", "/api/v1/receipts/recent").catch(unreachable) : null;
  if (heard && heard.status !== 200) return list.replaceChildren(h("p.said.bad", {}, sentence(heard.data)));
  const rows = heard ? heard.data : await ownReceipts();
  list.replaceChildren(
    heard ? "" : h("p.said.warn", {}, t("receipts_own_only")),
    rows.length ? h("ul.receipts", {}, rows.map((row) => item(row, list))) : h("p", {}, t("receipts_empty")),
  );
  return list.querySelector("button")?.focus();
}

function unreachable(error) {
  if (error instanceof Unreachable) return null;
  throw error;
}

/** What this till itself sold, without asking anybody: nothing can be cancelled then. */
async function ownReceipts() {
  const kept = await all("receipts").catch(() => []);
  return kept
    .sort((one, other) => (one.at < other.at ? 1 : -1))
    .slice(0, 20)
    .map(({ number, at, total, sale }) => ({ receipt_number: number, occurred_at: at, total, sale, kind: "sale" }));
}

function item(row, list) {
  const { receipt_number: number, kind, total, is_void: isVoid } = row;
  const sum = money(total, state.workplace.currency);
  const name = (words) => `${words} ${number}`;
  const args = { number, ...(row.sale ? { sale: row.sale } : {}) };
  return h("li", { class: isVoid ? "void" : "" },
    h("span.what", {},
      h("strong", {}, bdi(number)),
      h("span.quiet", {}, kind === "return" ? t("receipts_return") : t("receipts_sale"), " · ", when.format(new Date(row.occurred_at))),
      isVoid ? h("em", {}, t("receipts_void")) : null),
    h("span.sum", {}, bdi(sum)),
    h("span.acts", {},
      kind === "sale" && !isVoid
        ? h("button", { type: "button", "aria-label": name(t("receipts_take_back")), onclick: () => show("return", args) }, t("receipts_take_back"))
        : null,
      row.can_void
        ? h("button.danger", { type: "button", "aria-label": name(t("void_do")), onclick: () => cancel(row, list) }, t("void_do"))
        : null));
}

/** What cancelling brings back, as sentences; none when nobody answered. */
async function consequences({ sale }) {
  const found = await call("POST", "/api/v1/receipts/find", { body: { sale: { id: sale } } });
  if (found.status !== 200) return [];
  const lines = found.data.lines
    .filter((line) => Number(line.returnable) > 0)
    .map((line) => ({ line: line.line, quantity: line.returnable }));
  const heard = lines.length ? await foresee({ id: sale }, lines) : null;
  return heard?.status === 200 ? sentencesOf(heard.data.back, found.data.currency) : [];
}

async function cancel(row, list) {
  quiet();
  const texts = await consequences(row).catch(unreachable);
  if (!list.isConnected) return undefined; // the cashier has gone on to another screen meanwhile
  if (texts === null) return say(t("needs_line"));
  const title = t("void_sure", { number: row.receipt_number, money: money(row.total, state.workplace.currency) });
  // Enter alone keeps the sale: the first button has the focus.
  const answer = await ask(title, (close) => [
    h("ul", {}, [...texts, t("void_coupons"), t("void_final")].map((text) => h("li", {}, text))),
    h("div.buttons", {},
      h("button", { type: "button", onclick: () => close() }, t("void_keep")),
      h("button.danger", { type: "button", onclick: () => close("void") }, t("void_do"))),
  ]);
  if (answer !== "void") return undefined;
  const body = { sale: { id: row.sale } };
  const result = await withCashier(() => submit({ kind: "void", path: "/api/v1/sales/void", body }));
  if (result.state === "refused") return say(sentence(result.problem), "bad");
  await draw(list);
  if (result.state === "waiting") return say(t("void_waits"));
  return say(t("void_done", { money: money(result.answer.refund_money, result.answer.currency) }), "good");
}
