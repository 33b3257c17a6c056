/* Paying: how many points, what is left to pay, the member's proof when the server asks for one; and what follows. */

import { Unreachable } from "./api.js";
import { decimal, money, total, units } from "./basket.js";
import { deal, pointsText, sendCode } from "./deal.js";
import { bdi, h, key, speak, t } from "./dom.js";
import { state } from "./frame.js";
import { points } from "./hintcard.js";
import { receipt } from "./receipt.js";

const sum = (minor) => money(decimal(minor, state.workplace.currency_exponent), state.workplace.currency);

/** What is to pay as the server says, or the plain sum while it has said nothing. */
export const toPay = () => (deal.quote ? money(deal.quote.to_pay, state.workplace.currency) : sum(total(deal.lines)));

/**
 * The points that may pay, in the programme's smallest unit: {first, step, most, at(index), index(points), fits(points)}, or
 * null when none may. Index 0 is no points.
 */
export function spendable(quote, { program, scopes }) {
  if (!quote || !program || !scopes.includes("redeem")) return null;
  const read = (value) => units(String(value ?? "0").replace(/\.0+$/, ""), program.point_decimals) ?? 0n;
  const step = read(program.redeem_step) || 1n;
  const least = read(program.redeem_minimum);
  const first = least > step ? ((least + step - 1n) / step) * step : step;
  const offered = read(quote.redeemable);
  if (offered < first) return null;
  const most = offered - ((offered - first) % step);
  return {
    first, step, most,
    at: (index) => (index ? first + step * BigInt(index - 1) : 0n),
    index: (value) => (value < first ? 0 : Number((value - first) / step) + 1),
    fits: (value) => value === 0n || (value >= first && value <= most && (value - first) % step === 0n),
  };
}

/** The step of paying in `place`. acts: sell(), back(), points(value). Returns {update(), ask(problem), refuse(text), say(text, kind)}. */
export function drawPay(place, acts) {
  let limits = null;
  const figure = h("p.figure", { role: "status" });
  const number = h("input", { id: "points", type: "text", inputmode: "decimal", autocomplete: "off", dir: "ltr", "aria-describedby": "points-help" });
  const slider = h("input", { type: "range", min: "0", "aria-label": t("pay_points_slider") });
  const worth = h("output");
  const help = h("p.quiet", { id: "points-help" });
  const pointsPart = h("fieldset.points", { hidden: true },
    h("legend", {}, t("pay_with_points")),
    h("div.row", {}, h("label", { for: "points" }, t("pay_points")), number, slider,
      h("button.small", { type: "button", onclick: () => choose(limits.most) }, t("pay_all_points")),
      h("button.small", { type: "button", onclick: () => choose(0n) }, t("pay_no_points"))),
    help, worth);
  const proof = h("div.proof");
  const message = h("div.message", { role: "alert" });
  const button = h("button.deed.big", { type: "submit" });
  const form = h("form.pay", { onsubmit: (event) => (event.preventDefault(), send()), onkeydown: (event) => event.key === "Escape" && acts.back() },
    h("h2", {}, t("pay_title")), figure, pointsPart, proof, message, button,
    h("button.second", { type: "button", onclick: acts.back }, t("pay_back"), " ", key("Esc")));

  const say = (text, kind = "warn") => {
    message.replaceChildren(text ? h(`p.flag.${kind}`, {}, text) : "");
    update();
  };
  const read = () => (number.value.trim() ? units(number.value, state.workplace.program.point_decimals) : 0n);

  function choose(value, from = null) {
    if (from !== number) number.value = value ? pointsText(value) : "";
    slider.value = String(limits.index(value));
    proof.replaceChildren();
    say("");
    acts.points(value);
  }

  number.addEventListener("input", () => {
    const value = read();
    if (value !== null && limits.fits(value)) choose(value, number);
    else say(wrong(), "warn");
  });
  number.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const last = limits.index(limits.most);
    choose(limits.at(Math.min(Math.max(limits.index(read() ?? 0n) + by, 0), last)));
  });
  slider.addEventListener("input", () => choose(limits.at(Number(slider.value))));

  const wrong = () => t("pay_points_wrong", { least: points(pointsText(limits.first)), step: points(pointsText(limits.step)), most: points(pointsText(limits.most)) });

  function send() {
    const value = limits ? read() : 0n;
    if (value === null || (limits && !limits.fits(value))) return say(wrong(), "bad");
    const field = proof.querySelector("input");
    if (field && !field.value.trim()) return field.focus();
    if (field) deal.proof = { [field.name]: field.value.trim() };
    acts.sell();
  }

  function update() {
    figure.replaceChildren(bdi(toPay()));
    button.replaceChildren(t("pay_sell", { money: toPay() }));
    // What may be spent is known from the first answer; it stays while another number of points is asked about.
    const found = spendable(deal.quote, state.workplace);
    if (deal.quote) limits = found;
    if (!state.isOnline) limits = null;
    const wasHidden = pointsPart.hidden;
    pointsPart.hidden = !limits;
    if (!limits) return;
    slider.max = String(limits.index(limits.most));
    slider.setAttribute("aria-valuetext", t("pay_points_count", { count: pointsText(deal.redeem), points: points(pointsText(deal.redeem)) }));
    help.replaceChildren(t("pay_points_help", { least: points(pointsText(limits.first)), step: points(pointsText(limits.step)), most: points(pointsText(limits.most)) }));
    worth.replaceChildren(deal.quote && deal.redeem ? t("pay_points_worth", { money: money(deal.quote.paid_with_points, deal.quote.currency) }) : "");
    if (wasHidden && document.activeElement === button) number.focus();
  }

  /** Refused: what was typed as proof is typed anew. */
  const refuse = (text) => {
    say(text, "bad");
    proof.querySelector("input")?.select();
  };

  /** The server wants the member's proof: their PIN, or a code that is sent to them. */
  function ask(problem) {
    const ways = problem.context?.ways ?? [];
    const field = (name, words) => {
      deal.proof = {};
      const input = h("input", { name, type: name === "pin" ? "password" : "text", inputmode: "numeric", autocomplete: "off", dir: "ltr", "aria-label": words });
      proof.replaceChildren(h("label", {}, words, input), ...others(name));
      input.focus();
    };
    const byCode = async () => {
      try {
        const refused = await sendCode();
        if (refused) return say(refused.title, "bad");
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        return say(t("no_answer"), "bad");
      }
      say(t("pay_code_sent"), "good");
      field("code", t("pay_code"));
    };
    const others = (shown) => [
      ways.includes("code") ? h("button.small", { type: "button", onclick: byCode }, t("pay_send_code")) : null,
      ways.includes("pin") && shown !== "pin" ? h("button.small", { type: "button", onclick: () => field("pin", t("pay_pin")) }, t("pay_use_pin")) : null,
    ].filter(Boolean);
    if (ways.includes("pin")) field("pin", t("pay_pin"));
    else proof.replaceChildren(...others(""));
    say(problem.title, "warn");
  }

  place.replaceChildren(form);
  if (deal.redeem) number.value = pointsText(deal.redeem);
  update();
  if (limits) slider.value = String(limits.index(deal.redeem));
  (limits ? number : button).focus();
  return { update, ask, refuse, say };
}

/** The sale is booked, or kept for the line (`answer` null). acts: next(). */
export function drawDone(place, { sold, answer }, acts) {
  // What waits is told as the customer was: by the last quote, or by the plain sum where there was no line.
  const told = answer ?? sold.quote;
  const paid = told ? money(told.to_pay, told.currency) : sum(total(sold.lines));
  const earned = answer?.member ? t("pay_earned", { count: answer.points_earned, points: points(answer.points_earned) }) : "";
  const next = h("button.deed.big", { type: "button", onclick: acts.next }, t("pay_next"));
  place.replaceChildren(
    h("section.done", { onkeydown: (event) => event.key === "Escape" && acts.next() },
      h("h2", {}, t("pay_to_pay")),
      h("p.figure", {}, bdi(paid)),
      h(`p.flag.${answer ? "good" : "warn"}`, {}, answer ? [t("pay_done"), " ", earned] : t("pay_kept")),
      (answer?.benefits ?? []).map((one) => h("p.flag.good", {}, h("bdi", {}, one.why))),
      next,
      h("button.second", { type: "button", onclick: () => window.print() }, t("pay_print")),
      receipt({ ...sold, answer, told })),
  );
  next.focus();
  speak(`${t("pay_to_pay")} ${paid}`);
}

/** No answer came, and nobody knows whether it was booked. acts: keep(), again(), takeBack(). */
export function drawUnknown(place, acts) {
  // Points, rewards and coupons that nobody has confirmed cannot be taken for money.
  const isPlain = !deal.redeem && !deal.rewards.length && !deal.coupons.length;
  const button = (kind, words, onclick) => h(`button.${kind}`, { type: "button", onclick }, words);
  const words = isPlain ? t("pay_unknown") : t("pay_unknown_points");
  const buttons = [
    isPlain && button("deed.big", t("pay_unknown_keep"), acts.keep),
    button(isPlain ? "second" : "deed.big", t("pay_unknown_again"), acts.again),
    button("second", t("pay_unknown_back"), acts.takeBack),
  ].filter(Boolean);
  place.replaceChildren(
    h("section.done", {}, h("h2", {}, t("no_answer")), h("p.figure", {}, bdi(toPay())), h("p.flag.warn", {}, words), buttons),
  );
  buttons[0].focus();
  speak(words);
}
