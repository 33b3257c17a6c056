/* The receipt as a text to print: what was sold, what the programme took off, what is to pay, and the lines for the member. */

import { decimal, money, quantityText, total } from "./basket.js";
import { bdi, h, language, t } from "./dom.js";
import { points } from "./hintcard.js";
import { state } from "./frame.js";

/** A row of a receipt: what it is, and the sum; `kind` "sum" where something is added up. */
export const row = (text, sum, kind = "") => h("tr", { class: kind }, h("th", { scope: "row" }, h("bdi", {}, text)), h("td", {}, bdi(sum)));

/**
 * Paper as an element for the screen and the printer: whose it is, its `number` (nodes), `more` of its head, when it was (`at`, a
 * Date) and by whom; `rows`, and what stands at its `foot`.
 */
export function paper({ title, number, more = null, at, rows, foot }) {
  const { company, store, register, cashier } = state.workplace;
  return h("article.receipt", { "aria-label": title },
    h("header", {},
      h("p", {}, h("bdi", {}, company)),
      h("p", {}, h("bdi", {}, store)),
      h("p", {}, number, register ? [" · ", bdi(register)] : null),
      more,
      h("p", {}, bdi(new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" }).format(at))),
      cashier ? h("p", {}, t("print_cashier"), " ", h("bdi", {}, cashier.name || cashier.number)) : null),
    h("table", {}, h("caption.unseen", {}, title), h("tbody", {}, rows)),
    foot,
  );
}

/**
 * The receipt of a sale as an element for the screen and the printer. `lines` as sold; `at` a Date; `answer` the server's
 * answer, or null for a sale that waits for the line; `told` the answer or quote by which it was paid, or null.
 */
export function receipt({ number, at, lines, answer, told }) {
  const { currency, currency_exponent: exponent } = state.workplace;
  const sum = (minor) => money(decimal(minor, exponent), currency);
  const rows = lines.map((line) => row(`${quantityText(line.quantity)} × ${line.name}`, sum(line.amount)));
  rows.push(row(t("print_total"), told ? money(told.total, currency) : sum(total(lines)), "sum"));
  for (const one of told?.discounts ?? []) rows.push(row(one.why, `−${money(one.amount, currency)}`));
  if (Number(told?.paid_with_points ?? 0)) {
    rows.push(row(t("print_paid_with_points", { count: told.points_redeemed, points: points(told.points_redeemed) }), `−${money(told.paid_with_points, currency)}`));
  }
  rows.push(row(t("print_to_pay"), told ? money(told.to_pay, currency) : sum(total(lines)), "sum"));
  for (const one of told?.taxes ?? []) rows.push(row(t("print_tax", { rate: one.rate }), money(one.tax, currency)));
  const codes = (answer?.benefits ?? []).flatMap((one) => one.codes ?? []);
  return paper({
    title: t("print_receipt"),
    number: [t("print_number"), " ", bdi(number)],
    at,
    rows,
    foot: [
      answer ? null : h("p.flag.warn", {}, t("print_waits")),
      answer?.receipt_texts?.length || codes.length
        ? h("footer", {}, (answer.receipt_texts ?? []).map((text) => h("p", { dir: "auto" }, text)), codes.map((code) => h("p.code", {}, bdi(code))))
        : null,
    ],
  });
}
