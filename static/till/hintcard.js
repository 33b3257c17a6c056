/* The hint card: what the cashier should know, say and offer. Every text of it is somebody's data and stays text. */

import { OTHER, money } from "./basket.js";
import { bdi, h, key, language, t } from "./dom.js";
import { state } from "./frame.js";

const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });

/** A calendar day ("2026-03-10") in the page's language. */
export const day = (text) => dates.format(new Date(`${text.slice(0, 10)}T00:00:00Z`));
/** Points: a decimal text for the eye, without zeros that say nothing. */
export const points = (text) => numbers.format(text.replace(/\.0+$/, ""));

const AWAY = {
  never: () => t("hint_first_visit"),
  month: () => t("hint_away_month"),
  quarter: () => t("hint_away_quarter"),
  half_year: () => t("hint_away_half_year"),
  year: () => t("hint_away_year"),
};
const MISSING = {
  spend: (next) => t("hint_next_spend", { name: next.name, missing: money(next.missing, state.workplace.currency) }),
  visits: (next) => t("hint_next_visits", { name: next.name, count: next.missing }),
  points: (next) => t("hint_next_points", { name: next.name, count: next.missing, missing: points(next.missing) }),
};

/** What they buy again and again; a typed sum is nothing that could be put in again. */
export const usualOf = (found) => (found?.hints?.usual ?? []).filter((one) => one.sku !== OTHER);

const flag = (kind, text, ...more) => h(`li.flag.${kind}`, {}, h("bdi", {}, text), ...more);
const part = (title, ...children) => h("section", {}, h("h3", {}, title), ...children);
const press = (text, onclick, props = {}) => h("button", { type: "button", onclick, ...props }, text);

function presentedBy(found) {
  if (!found.presented_by) return null;
  const { how, name, points_of: owner } = found.presented_by;
  const who = name || t("hint_somebody");
  return flag("warn", how === "company" ? t("hint_for_company", { who, owner }) : t("hint_lent", { who, owner }));
}

function flags(found, acts) {
  const { hints = {}, notices = [] } = found;
  const list = [
    presentedBy(found),
    ...notices.map((notice) =>
      flag("warn", notice.text, notice.is_once && press(t("hint_said"), () => acts.said(notice), { class: "small" }))),
    hints.birthday_this_week && flag("good", t("hint_birthday")),
    AWAY[hints.first_visit_since] && flag("warn", AWAY[hints.first_visit_since]()),
    hints.ask_about_offers && flag("warn", t("hint_ask_offers"), acts.wishes && press(t("hint_ask"), acts.wishes, { class: "small" })),
  ].filter(Boolean);
  return list.length ? h("ul.flags", {}, list) : null;
}

function offered(found, deal, acts) {
  const { rewards = [], coupons = [] } = found.offers ?? {};
  if (!rewards.length && !coupons.length) return null;
  const chosen = (is, text, onclick, more) =>
    h("li", {}, press([h("bdi", {}, text), h("small", {}, more)], onclick, { "aria-pressed": String(is) }));
  return part(
    t("hint_offers"),
    h("ul.chips", {},
      coupons.map((one) => chosen(deal.coupons.includes(one.code), one.name || one.code, () => acts.coupon(one.code),
        one.until ? t("hint_coupon_until", { day: day(one.until) }) : t("hint_coupon"))),
      rewards.map((one) => chosen(deal.rewards.includes(one.key), one.name, () => acts.reward(one.key),
        t("hint_costs", { count: one.points, points: points(one.points) })))),
  );
}

function known(found) {
  const burns = (found.burns ?? []).map((one) => t("hint_burns", { count: one.points, points: points(one.points), day: day(one.on) }));
  const texts = [...(found.privileges ?? []).map((one) => one.text), ...(found.stamps ?? []).map((one) => one.why), ...burns];
  return [
    texts.length ? part(t("hint_also"), h("ul.plain", {}, texts.map((text) => h("li", {}, h("bdi", {}, text))))) : null,
    found.own_fields?.length
      ? h("dl.fields", {}, found.own_fields.map((one) => [h("dt", {}, h("bdi", {}, one.label)), h("dd", {}, h("bdi", {}, one.shown))]))
      : null,
  ];
}

/** Nobody is named yet, or only by a typed key that could not be asked about. */
function nobody(deal, acts) {
  if (!deal.member) return [h("h2", {}, t("hint_nobody")), h("p.quiet", {}, t("hint_nobody_help"))];
  return [
    h("div.who", {}, h("h2", {}, t("hint_unasked")), key("F10")),
    h("p", {}, bdi(deal.member.any ?? "")),
    h("p.flag.warn", { role: "note" }, t("hint_unasked_help")),
    press(t("hint_end"), acts.end, { class: "small" }),
  ];
}

/**
 * Draw the card into `place`. `deal` is the sale at hand ({member, found, coupons, rewards}); `acts`: usual(item), coupon(code),
 * reward(key), said(notice), end(), and where there are such screens wishes() and page().
 */
export function drawHints(place, deal, acts) {
  const found = deal.found;
  if (!found) return place.replaceChildren(...nobody(deal, acts));
  const currency = state.workplace.currency;
  const usual = usualOf(found);
  place.replaceChildren(
    ...[
      h("div.who", {},
        h("h2", {}, h("bdi", {}, found.member.name || t("hint_no_name"))),
        found.tier?.name ? h("span.tier", {}, h("bdi", {}, found.tier.name)) : null,
        key("F10")),
      h("p.points", {}, t("hint_points"), " ", h("strong", {}, bdi(points(found.spendable))), " ",
        h("span.quiet", {}, t("hint_worth", { money: money(found.worth, currency) }))),
      flags(found, acts),
      found.next_tier ? h("p.quiet", {}, MISSING[found.next_tier.counts]?.(found.next_tier) ?? "") : null,
      usual.length
        ? part(t("hint_usual"), h("ul.chips", {}, usual.map((one) => h("li", {}, press(h("bdi", {}, one.name || one.sku), () => acts.usual(one))))))
        : null,
      offered(found, deal, acts),
      ...known(found),
      h("div.chips", {},
        acts.wishes && press(t("hint_wishes"), acts.wishes, { class: "small" }),
        acts.page && press(t("hint_page"), acts.page, { class: "small" }),
        press(t("hint_end"), acts.end, { class: "small" })), // the last, where no key lands by chance
    ].filter(Boolean),
  );
}
