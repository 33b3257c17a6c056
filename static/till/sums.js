/* What is to pay and why: the server's reasons for the basket, or that there are none without a line. */

import { decimal, money, units } from "./basket.js";
import { bdi, h, t } from "./dom.js";
import { state } from "./frame.js";
import { points } from "./hintcard.js";
import { toPay } from "./pay.js";
import { goodByCode } from "./products.js";

/** The reasons are folded away where the screen is small; whoever opens them keeps them open. */
let isWhyOpen = innerWidth > 700;

/** Points that several lines get by the same rule and for the same reason, as one. */
function together(awards) {
  const decimals = state.workplace.program?.point_decimals ?? 0;
  const found = new Map();
  for (const one of awards) {
    const key = `${one.rule} ${one.why}`;
    const before = found.get(key);
    found.set(key, before ? { ...one, points: decimal(units(before.points, decimals) + units(one.points, decimals), decimals) } : one);
  }
  return [...found.values()];
}

/** Draw into `place` what is to pay and why. acts: coupon(code) takes one out, reward(key), gift(good, benefit). */
export function drawSums(place, deal, acts) {
  const { quote, problem, lines } = deal;
  if (!lines.length) return place.replaceChildren();
  const why = (kind, figure, text, ...more) => h(`li.${kind}`, {}, h("span", {}, bdi(figure)), h("bdi", {}, text), ...more);
  const listed = new Set((deal.found?.offers?.rewards ?? []).map((one) => one.key));
  const gift = (one) => (one.skus ?? []).map((sku) => {
    const good = goodByCode(sku) ?? { sku, name: sku };
    return h("button.small", { type: "button", onclick: () => acts.gift(good, one) }, t("sell_put_gift", { name: good.name }));
  });
  const reasons = quote
    ? [
        ...quote.discounts.map((one) => why("off", `−${money(one.amount, quote.currency)}`, one.why)),
        ...quote.rewards.map((one) => why("off", `−${money(one.amount, quote.currency)}`, one.name)),
        ...together(quote.awards).map((one) => why("plus", `+${points(one.points)}`, one.why)),
        ...quote.benefits.map((one) => why("plus", one.times > 1 ? `${one.times} ×` : "✓", one.why, ...gift(one))),
        ...quote.rewards_to_claim.filter((one) => !listed.has(one.key)).map((one) =>
          h("li", {}, h("button.small", { type: "button", onclick: () => acts.reward(one.key) }, t("sell_claim", { count: one.points, name: one.name, points: points(one.points) })))),
      ]
    : [];
  const unasked = !quote && !problem && !state.isOnline;
  const hadFocus = document.activeElement?.tagName === "SUMMARY";
  place.replaceChildren(
    ...[
      h("p.total", {}, h("span", {}, t("sell_to_pay")), h("strong", {}, bdi(toPay()))),
      quote && Number(quote.points_earned) ? h("p.flag.good", {}, t("sell_earns", { count: quote.points_earned, points: points(quote.points_earned) })) : null,
      reasons.length ? h("details", { open: isWhyOpen, ontoggle: (event) => (isWhyOpen = event.target.open) }, h("summary", {}, t("sell_reasons")), h("ul.reasons", {}, reasons)) : null,
      deal.coupons.length
        ? h("ul.chips", { "aria-label": t("sell_coupons") }, deal.coupons.map((code) => h("li", {}, h("button.small", { type: "button", onclick: () => acts.coupon(code), "aria-label": t("sell_remove", { name: code }) }, bdi(code), " ✕"))))
        : null,
      problem ? h("p.flag.bad", {}, problem.title) : null,
      unasked ? h("p.flag.warn", {}, t("sell_unasked")) : null,
    ].filter(Boolean),
  );
  if (hadFocus) place.querySelector("summary")?.focus();
}
