/* From a request to what happened: the form in which an offline batch takes sales and returns. Plain functions. */

import { decimal, units } from "./basket.js";

const FACTS = new Set(["sale", "return"]);
const LINE = ["sku", "quantity", "amount", "discount", "tax_rate", "tax_included"];

/** Whether a deed can be told as a fact: sales, and returns of a sale. */
export const canBeFact = (deed) => FACTS.has(deed.kind) && (deed.kind === "sale" || Boolean(deed.body?.sale));

const only = (from, names) => Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));

/** What lines cost together: decimal texts, exactly. */
function sum(texts) {
  const places = Math.max(0, ...texts.map((text) => (text.split(".")[1] ?? "").length));
  return decimal(texts.reduce((whole, text) => whole + units(text, places), 0n), places);
}

/** The receipt of an offline batch for a deed. `client_id` is the deed's key; `charged` what the customer paid in money,
    by default the lines' sum. */
export function toFact(deed, charged = null) {
  const { body } = deed;
  const common = {
    client_id: deed.key,
    kind: deed.kind,
    occurred_at: deed.at,
    receipt_number: deed.number,
    ...(deed.register ? { register: deed.register } : {}),
    ...(body.cashier ? { cashier: body.cashier } : {}),
  };
  if (deed.kind === "return") return { ...common, sale: body.sale, lines: body.lines.map((piece) => only(piece, ["line", "quantity"])) };
  return {
    ...common,
    ...only(body, ["member", "payments"]),
    ...(Number(body.redeem_points ?? 0) > 0 ? { redeem_points: body.redeem_points } : {}),
    lines: body.lines.map((line) => only(line, LINE)),
    charged: String(charged ?? deed.charged ?? sum(body.lines.map((line) => line.amount))),
  };
}

/** Make a fact of a deed, in place. The request itself is forgotten. */
export const beFact = (deed, charged = null) => Object.assign(deed, { fact: toFact(deed, charged), state: "fact", body: null });
