/* What is sold: exact sums (BigInt, in the currency's smallest unit; quantities in thousandths), and what a typed line means. */

import { language } from "./dom.js";

/** So many digits make a phone, a card or a barcode; a sum of money with so many has a decimal separator. */
export const NUMBER_FROM = 7;
/** The SKU of a line that is a typed sum. */
export const OTHER = "OTHER";
/** One piece, in the thousandths in which quantities are counted. */
export const ONE = 1000n;
const PERSON = /^\+|^https?:\/\/|^[^\s@]+@[^\s@]+$/;
const NUMBER = /^[\d\s().\-\u2010-\u2015/]+$/;
const COUPON = /^[A-HJKMNP-Z2-9]{12}$/;
const TIMES = /^(\d{1,5}(?:[.,]\d{1,3})?)\s*[*×]\s*(.*)$/;

/** A decimal text in units of 10^-exponent, or null where it is none or finer than that. */
export function units(text, exponent) {
  const found = /^(\d+)(?:[.,](\d+))?$/.exec(text.trim());
  if (!found || (found[2] ?? "").length > exponent) return null;
  return BigInt(found[1] + (found[2] ?? "").padEnd(exponent, "0"));
}

/** Units of 10^-exponent as the decimal text that the API takes: 1250 with exponent 2 is "12.50". */
export function decimal(minor, exponent) {
  const digits = String(minor < 0n ? -minor : minor).padStart(exponent + 1, "0");
  const cut = digits.length - exponent;
  return (minor < 0n ? "-" : "") + digits.slice(0, cut) + (exponent ? `.${digits.slice(cut)}` : "");
}

/** A quantity (thousandths) for the eye and the API: "1", "0.25". */
export const quantityText = (quantity) => decimal(quantity, 3).replace(/\.?0+$/, "");

const isMirrored = document.documentElement.dir === "rtl";
const MARKS = /[\u061c\u200e\u200f]/g;

/** A decimal text as money in the page's language, without ever becoming a float. In Hebrew it keeps its order wherever it
    stands: marks for the one direction are replaced by an isolate for the whole. */
export function money(text, currency) {
  const shown = inLanguage(text, currency);
  return isMirrored ? `\u2066${shown.replace(MARKS, "")}\u2069` : shown;
}

function inLanguage(text, currency) {
  try {
    const digits = (/\.(\d+)/.exec(text)?.[1] ?? "").length;
    return new Intl.NumberFormat(language, {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(text);
  } catch {
    return `${text} ${currency}`;
  }
}

/** A line of the basket: `quantity` pieces (thousandths) of a good at `price` each (smallest units), halves upwards. */
export function lineOf(good, quantity, price, more = {}) {
  return { sku: good.sku, name: good.name, quantity, price, amount: (price * quantity + ONE / 2n) / ONE, ...more };
}

/** The line with another quantity. */
export const withQuantity = (line, quantity) => ({ ...line, ...lineOf(line, quantity, line.price) });

/** What the lines cost together. */
export const total = (lines) => lines.reduce((sum, line) => sum + line.amount, 0n);

/** Put a line in: the same article at the same price becomes more of it. */
export function put(lines, line) {
  const same = lines.findIndex((one) => one.sku === line.sku && one.price === line.price && !one.gift_of && !line.gift_of);
  if (same < 0 || line.sku === OTHER) return [...lines, line];
  return lines.map((one, at) => (at === same ? withQuantity(one, one.quantity + line.quantity) : one));
}

/** The lines as the API takes them. */
export const asked = (lines, exponent) =>
  lines.map(({ sku, quantity, amount, gift_of }) => ({
    sku,
    quantity: quantityText(quantity),
    amount: decimal(amount, exponent),
    ...(gift_of ? { gift_of } : {}),
  }));

/**
 * What was typed means, before goods are asked: {kind, quantity, ...} with kind "pay" (nothing typed), "person" {any},
 * "coupon" {code}, "amount" {minor}, "goods" {text}. A long number without a decimal separator is never a sum.
 */
export function meaning(typed, exponent) {
  const times = TIMES.exec(typed.trim());
  const quantity = times ? units(times[1], 3) : ONE;
  const text = (times ? times[2] : typed).trim();
  if (!text) return { kind: times ? "goods" : "pay", quantity, text };
  const minor = units(text, exponent);
  const digits = text.replace(/\D/g, "").length;
  if (minor !== null && (digits < NUMBER_FROM || /[.,]/.test(text))) return { kind: "amount", quantity, minor, text };
  if (!times && (PERSON.test(text) || (NUMBER.test(text) && digits >= NUMBER_FROM))) return { kind: "person", quantity, any: text, text };
  const code = text.replace(/[\s\-\u2010-\u2015]/g, "").toUpperCase();
  if (!times && COUPON.test(code) && /[A-Z]/.test(code) && /\d|-/.test(text)) return { kind: "coupon", quantity, code, text };
  return { kind: "goods", quantity, text };
}

/** Whether a sum is far above what this till sells: ten times the middle of its last sales; five digits while none is known. */
export function isUnusual(minor, past, exponent) {
  if (past.length < 5) return minor >= 10n ** BigInt(exponent + 4);
  const sorted = past.map(BigInt).sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  return minor > sorted[Math.floor(sorted.length / 2)] * 10n;
}
