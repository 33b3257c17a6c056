/* From a request to what happened: the form in which an offline batch takes sales and returns. Plain functions. */

const FACTS = new Set(["sale", "return"]);
const LINE = ["sku", "quantity", "amount", "discount", "tax_rate", "tax_included"];

/** Whether a deed can be told as a fact: sales, and returns of a sale. */
export const canBeFact = (deed) => FACTS.has(deed.kind) && (deed.kind === "sale" || Boolean(deed.body?.sale));

const only = (from, names) => Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));

/** Sums of decimal texts, exactly: "10.00" + "0.5" = "10.50". */
export function sum(texts) {
  const places = Math.max(0, ...texts.map((text) => (String(text).split(".")[1] ?? "").length));
  let total = 0n;
  for (const text of texts) {
    const [whole, part = ""] = String(text).replace("-", "").split(".");
    const value = BigInt(whole + part.padEnd(places, "0"));
    total += String(text).startsWith("-") ? -value : value;
  }
  const digits = String(total < 0n ? -total : total).padStart(places + 1, "0");
  const shown = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return total < 0n ? `-${shown}` : shown;
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
