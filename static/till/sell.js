/* Selling: one field, one basket, one big button; the hint card beside it. Everything by the keyboard alone. */

import { ONE, OTHER, decimal, isUnusual, lineOf, meaning, money, put, units } from "./basket.js";
import { scan } from "./camera.js";
import { again, askAgain, book, change, deal, deals, isBooking, keepSold, name, nameNobody, pastSums, renew, said, takeBack } from "./deal.js";
import { h, key, speak, svg, t, walk } from "./dom.js";
import { bus, has, screen, show, state } from "./frame.js";
import { drawHints, points, usualOf } from "./hintcard.js";
import { drawLines } from "./lines.js";
import { drawDone, drawPay, drawUnknown, toPay } from "./pay.js";
import { goodByCode, loadProducts, refreshProducts, search } from "./products.js";
import { withCashier } from "./signin.js";
import { suggestions } from "./suggestions.js";
import { drawSums } from "./sums.js";

/** A code without spaces that no good has: it may be a member's. */
const CODE = /^(?=.*\d)\S{6,}$/;

const exponent = () => state.workplace.currency_exponent;
const sum = (minor) => money(decimal(minor, exponent()), state.workplace.currency);

const camera = () =>
  svg("svg", { viewBox: "0 0 24 24", width: "28", height: "28", fill: "none", stroke: "currentColor", "stroke-width": "2", "aria-hidden": "true" },
    svg("path", { d: "M3 8h4l2-3h6l2 3h4v11H3z" }), svg("circle", { cx: "12", cy: "13", r: "3.5" }));

screen("sell", (place, args) => {
  const selling = new Selling(place, args);
  return () => selling.leave();
});
bus.addEventListener("goods", () => refreshProducts());

class Selling {
  constructor(place, args) {
    this.priceless = null; // a good whose price the cashier is asked for
    this.doubted = ""; // a sum that was typed once and is far above the usual
    this.paying = null;
    this.sending = false;
    this.past = [];
    this.drawn = new Map();
    this.build(place);
    this.listen();
    this.loading = loadProducts()
      .catch(() => this.say(t("sell_no_goods"), "warn"))
      .finally(() => (this.loading = null));
    pastSums().then((past) => (this.past = past));
    if (args.any) this.find(args.any);
    this.draw();
    this.entry.focus();
    if (deal.unknown || isBooking()) this.pay(); // the screen was left before it was known
    if (deal.unknown) this.ended(deal.unknown);
    else if (isBooking()) this.sell();
  }

  build(place) {
    this.entry = h("input", { id: "entry", type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "done", dir: "auto" });
    this.list = suggestions(this.entry, (option) => this.choose(option));
    this.label = h("label", { for: "entry" });
    this.message = h("div.message", { role: "alert" });
    this.lines = h("div.lines");
    this.sums = h("div.sums");
    this.button = h("button.deed.big", { type: "button", onclick: () => this.pay() });
    this.cancel = h("button.second", { type: "button", onclick: () => this.afresh() }, t("sell_afresh"));
    this.basket = h("div.basket", {},
      h("form.entry", { onsubmit: (event) => (event.preventDefault(), this.enter()) }, this.label,
        h("div.field", {}, this.entry, h("button.small", { type: "button", "aria-label": t("sell_camera"), onclick: () => this.scanned() }, camera()), this.list.element)),
      this.message, this.lines, this.sums,
      h("div.deeds", {}, this.button, this.cancel));
    this.step = h("div.step", { hidden: true });
    this.hints = h("aside.hints", { "aria-label": t("hint_card"), "aria-keyshortcuts": "F10" });
    place.append(h("h1.unseen", { tabindex: "-1" }, t("sell_title")), h("div.selling", {}, h("div.left", {}, this.basket, this.step), this.hints));
  }

  listen() {
    const controller = new AbortController();
    const { signal } = controller;
    this.leave = () => {
      this.isLeft = true;
      controller.abort();
    };
    document.addEventListener("keydown", (event) => this.typedAnywhere(event), { signal });
    this.entry.addEventListener("input", () => this.suggest(), { signal });
    this.entry.addEventListener("keydown", (event) => this.entry.value || !this.list.element.hidden || this.leaveEmpty(event), { signal });
    this.basket.addEventListener("keydown", (event) => walk(event, this.basket, "li, .message, .deeds, .field") || this.cameBack(event), { signal });
    this.hints.addEventListener("keydown", (event) => walk(event, this.hints) || this.cameBack(event), { signal });
    deals.addEventListener("quote", () => this.draw(), { signal });
    deals.addEventListener("found", ({ detail }) => this.found(detail), { signal });
    bus.addEventListener("online", again, { signal });
    bus.addEventListener("offline", () => (change({}), this.draw()), { signal });
  }

  /** Whoever types means the field, wherever the focus is. */
  typedAnywhere(event) {
    if (event.key === "Enter" && event.target === document.body && this.step.hidden) return this.enter();
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || !this.step.hidden) return undefined;
    if (event.target.closest("input, select, textarea, dialog[open]")) return undefined;
    if (event.key === " " && event.target.closest("button, summary")) return undefined;
    return this.entry.focus();
  }

  /** Escape leads from buttons to where the work goes on. */
  cameBack(event) {
    if (event.key === "Escape" && event.target !== this.entry) this.goOn();
  }

  goOn() {
    const fields = this.step.hidden ? [this.entry] : [...this.step.querySelectorAll("input, button")];
    fields.find((one) => one.checkVisibility())?.focus();
  }

  say(text, kind = "warn", ...more) {
    this.message.replaceChildren(text ? h(`p.flag.${kind}`, {}, h("span", {}, text), ...more) : "");
  }

  // --- the field ---

  suggest() {
    this.doubted = "";
    this.say("");
    const what = meaning(this.entry.value, exponent());
    const text = what.text ?? "";
    if (!text && what.kind === "pay") return this.list.set([], false);
    if (this.priceless || what.kind === "coupon") return this.list.set([], false);
    const known = goodByCode(text);
    const goods = what.kind === "goods" ? search(text) : known ? [known] : [];
    this.list.set(goods.map((good) => ({ good, quantity: what.quantity, text: good.name, more: this.priced(good) })), what.kind === "goods");
  }

  priced = (good) => (good.price === null || good.price === undefined ? good.sku : `${good.sku} · ${money(good.price, state.workplace.currency)}`);

  /** Arrows in the empty field: down to what the member usually buys, up to what is in the basket, the newest first. */
  leaveEmpty(event) {
    if (event.key === "ArrowDown") this.offerUsual();
    else if (event.key === "ArrowUp") this.lines.querySelector("li:last-child button")?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the basket need not hear of it
  }

  offerUsual() {
    const usual = usualOf(deal.found).map((one) => this.usual(one));
    this.list.set(usual.map((good) => ({ good, quantity: ONE, text: good.name, more: this.priced(good) })), true);
  }

  usual = (one) => goodByCode(one.sku) ?? { sku: one.sku, name: one.name || one.sku, price: null };

  clear() {
    this.entry.value = "";
    this.list.set([], false);
    this.say("");
  }

  choose({ good, quantity }) {
    this.clear();
    this.putGood(good, quantity);
  }

  enter() {
    if (this.list.take()) return;
    const what = meaning(this.entry.value, exponent());
    if (what.kind === "pay") return this.pay();
    if (this.priceless) return this.price(what);
    if (what.kind === "amount") return this.amount(what);
    const good = goodByCode(what.text);
    if (good) this.choose({ good, quantity: what.quantity });
    else if (what.kind === "person") this.find(what.any);
    else if (what.kind === "coupon") this.coupon(what.code);
    else if (this.loading) this.loading.then(() => (this.suggest(), this.enter())); // the goods are on their way
    else if (CODE.test(what.text)) this.find(what.text);
    else {
      this.say(t("sell_no_such_good"));
      this.entry.select();
    }
  }

  /** A sum far above the usual is asked for twice: it may be a number in the wrong place. */
  isDoubtful(minor) {
    if (this.doubted === this.entry.value || !isUnusual(minor, this.past, exponent())) return false;
    this.doubted = this.entry.value;
    this.say(t("sell_unusual", { money: sum(minor) }));
    return true;
  }

  amount({ minor, quantity }) {
    const line = lineOf({ sku: OTHER, name: t("sell_other") }, quantity, minor);
    if (this.isDoubtful(line.amount)) return;
    this.clear();
    this.put(line);
  }

  price(what) {
    const { good, quantity, more } = this.priceless;
    if (what.kind !== "amount") return this.say(t("sell_price_wanted", { name: good.name }));
    const line = lineOf(good, quantity, what.minor, more);
    if (this.isDoubtful(line.amount)) return;
    this.priceless = null;
    this.clear();
    this.put(line);
  }

  putGood(good, quantity = ONE, more = {}) {
    const price = more.price ?? good.price;
    if (price === null || price === undefined) {
      this.priceless = { good, quantity, more };
      this.say(t("sell_price_wanted", { name: good.name }));
      this.draw();
      return this.entry.focus();
    }
    const minor = units(price, exponent()); // of a surcharge the server writes only the decimals that say something
    this.put(lineOf(good, quantity, minor, more.gift_of ? { gift_of: more.gift_of } : {}));
  }

  put(line) {
    const before = deal.lines;
    change({ lines: put(before, line) });
    this.draw();
    const at = deal.lines.findIndex((one) => !before.includes(one));
    this.lines.querySelectorAll("li")[at]?.scrollIntoView({ block: "nearest" });
    speak(t("sell_put", { name: line.name, money: sum(line.amount) }));
    this.entry.focus();
  }

  /** The camera is a scanner too. */
  async scanned() {
    const code = await scan();
    this.entry.focus();
    if (code === null) return;
    this.entry.value = code;
    this.enter();
  }

  // --- the member ---

  find(any) {
    this.clear();
    const waits = name(any);
    this.draw();
    this.entry.focus();
    return waits;
  }

  found(refused) {
    if (refused) {
      if (this.paying) this.basketAgain();
      const enrol = has("enrol") && refused.problem.status === 404 && h("button.small", { type: "button", "aria-keyshortcuts": "F2", onclick: () => show("enrol", { phone: refused.any }) }, t("sell_enrol"), " ", key("F2"));
      const asCoupon = /[a-z]/i.test(refused.any) && h("button.small", { type: "button", "aria-keyshortcuts": "F10", onclick: () => this.coupon(refused.any) }, t("sell_as_coupon"), " ", key("F10"));
      this.say(refused.problem.title, "bad", enrol, asCoupon);
      if (!this.entry.value) {
        this.entry.value = refused.any;
        this.entry.select();
      }
    } else if (deal.found) {
      speak(t("sell_found", { count: deal.found.spendable, name: deal.found.member.name, points: points(deal.found.spendable) }));
    }
    this.draw();
  }

  coupon(code) {
    this.clear();
    const plain = (text) => text.replace(/\W/g, "").toUpperCase();
    const kept = deal.coupons.filter((one) => plain(one) !== plain(code));
    change({ coupons: kept.length < deal.coupons.length ? kept : [...deal.coupons, code] });
    this.draw();
    this.goOn();
  }

  reward(key) {
    change({ rewards: deal.rewards.includes(key) ? deal.rewards.filter((one) => one !== key) : [...deal.rewards, key] });
    this.draw();
    this.goOn();
  }

  afresh() {
    renew();
    this.priceless = null;
    this.paying = null;
    this.basketAgain();
  }

  basketAgain() {
    this.paying = null;
    this.step.hidden = true;
    this.step.replaceChildren();
    this.basket.hidden = false;
    this.clear();
    this.draw();
    this.entry.focus();
  }

  // --- paying ---

  pay() {
    if (this.priceless) return this.say(t("sell_price_wanted", { name: this.priceless.good.name }));
    if (!deal.lines.length) {
      this.say(t("sell_empty"));
      return this.entry.focus();
    }
    this.basket.hidden = true;
    this.step.hidden = false;
    this.paying = drawPay(this.step, {
      sell: () => this.sell(),
      back: () => this.sending || this.basketAgain(),
      points: (redeem) => change({ redeem }),
    });
    if (deal.problem) this.paying.say(deal.problem.title, "bad");
  }

  async sell() {
    if (this.sending) return;
    this.sending = true;
    this.paying.say(t("pay_sending"), "warn");
    try {
      this.ended(await withCashier(book));
    } finally {
      this.sending = false;
    }
  }

  ended(result) {
    if (this.isLeft) return; // whoever comes back is told by the screen that is there then
    if (result.state === "nobody") return this.found(result.refused);
    if (result.state === "refused") {
      change({ proof: {} });
      if (!this.paying) this.pay();
      if (result.problem.code === "step_up_required") this.paying.ask(result.problem);
      else this.paying.refuse(result.problem.title);
      return;
    }
    this.paying = null;
    if (result.state === "done" || result.isKept) return this.done(result);
    drawUnknown(this.step, {
      keep: async () => (await keepSold(result), this.done(result)),
      again: async () => this.ended(await askAgain(result)),
      takeBack: async () => (await takeBack(result), this.basketAgain()),
    });
  }

  done({ sold, answer = null }) {
    pastSums().then((past) => (this.past = past));
    drawDone(this.step, { sold, answer }, { next: () => this.basketAgain() });
    this.draw();
  }

  // --- drawing ---

  draw() {
    this.label.replaceChildren(this.priceless ? t("sell_price_wanted", { name: this.priceless.good.name }) : t("sell_entry"));
    // What has not changed stays, and with it the focus of whoever walks through it by keyboard.
    const { found, member, coupons, rewards, lines } = deal;
    if (this.isNew("lines", lines)) {
      drawLines(this.lines, lines, (left, at, button) => {
        change({ lines: left });
        this.draw();
        (this.lines.querySelectorAll("li")[at]?.querySelector(button) ?? this.entry).focus();
      });
    }
    if (this.isNew("hints", found, member, coupons, rewards)) this.drawHints();
    drawSums(this.sums, deal, {
      coupon: (code) => this.coupon(code),
      reward: (key) => this.reward(key),
      gift: (good, one) => this.putGood(good, ONE, { gift_of: one.rule, price: one.surcharge || decimal(0n, exponent()) }),
    });
    this.button.replaceChildren(lines.length ? t("sell_pay", { money: toPay() }) : t("sell_pay_nothing"));
    this.paying?.update();
    if (this.paying && deal.problem) this.paying.say(deal.problem.title, "bad");
  }

  isNew(name, ...values) {
    const before = this.drawn.get(name);
    this.drawn.set(name, values);
    return !before || values.some((value, at) => value !== before[at]);
  }

  drawHints() {
    const done = (act) => (...args) => (act(...args), this.draw(), this.goOn());
    drawHints(this.hints, deal, {
      usual: done((one) => this.putGood(this.usual(one))),
      coupon: (code) => this.coupon(code),
      reward: (key) => this.reward(key),
      said: done(said),
      end: done(nameNobody),
      wishes: has("wishes") && (() => show("wishes", { member: deal.member, name: deal.found.member.name })),
      page: has("member-qr") && (() => show("member-qr", { member: deal.member, name: deal.found.member.name })),
    });
  }
}
