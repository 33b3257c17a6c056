/* The basket's lines: what, how much of it and for how much, with buttons for one less, one more and out. */

import { ONE, decimal, money, quantityText, withQuantity } from "./basket.js";
import { bdi, h, t } from "./dom.js";
import { state } from "./frame.js";

/** Draw `lines` into `place`. `set(lines, at, button)` takes the changed ones; the focus goes to line `at`, to that button (a
    selector), where they are still there. */
export function drawLines(place, lines, set) {
  const { currency, currency_exponent: exponent } = state.workplace;
  const sum = (minor) => money(decimal(minor, exponent), currency);
  const button = (kind, words, sign, onclick) => h(`button.small.${kind}`, { type: "button", "aria-label": words, onclick }, sign);
  const item = (line, at) => {
    const { name, quantity, price, amount } = line;
    const out = () => set(lines.filter((one) => one !== line), -1, "");
    const add = (by, kind) => set(lines.map((one) => (one === line ? withQuantity(one, quantity + by) : one)), at, kind);
    return h("li", {}, h("span.name", {}, h("bdi", {}, name)), h("span.times", {}, bdi(`${quantityText(quantity)} × ${sum(price)}`)),
      h("span.amount", {}, bdi(sum(amount))),
      h("span.buttons", {},
        button("less", t("sell_less", { name }), "−", () => (quantity > ONE ? add(-ONE, ".less") : out())),
        button("more", t("sell_more", { name }), "+", () => add(ONE, ".more")),
        button("out", t("sell_remove", { name }), "✕", out)));
  };
  place.replaceChildren(lines.length ? h("ol", { "aria-label": t("sell_basket") }, lines.map(item)) : h("p.quiet", {}, t("sell_help")));
}
