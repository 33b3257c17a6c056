/* Goods come back, by line, from the receipt they were sold on. Without a line only this till's own receipts are known. */

import { call, Unreachable } from "./api.js";
import { decimal, money, quantityText, units } from "./basket.js";
import { scan } from "./camera.js";
import { now } from "./clock.js";
import { bdi, h, sentenceBox, speak, t } from "./dom.js";
import { screen, sentence, show, state } from "./frame.js";
import { day, points } from "./hintcard.js";
import { nextNumber, submit } from "./queue.js";
import { paper, row } from "./receipt.js";
import { withCashier } from "./signin.js";
import { all, transact } from "./store.js";

const PLACES = 3; // of a quantity
const FIND = "/api/v1/receipts/find";

/** args: {number?, sale?}: the receipt to begin with, by its number or the sale's id. */
screen("return", (place, args) => {
  const returning = new Returning(place);
  if (args.sale || args.number) returning.find(args.sale ? { id: args.sale } : { receipt_number: args.number }, args.number);
});

/** What returning `lines` ([{line, quantity}]) of `sale` would bring back: the server's answer. Throws Unreachable. */
export const foresee = (sale, lines) => call("POST", FIND, { body: { sale, lines } });

/** Sentences of what goes back, in money and points. */
export function sentencesOf(back, currency) {
  const counted = (count) => ({ count, points: points(count) });
  return [
    t("back_money", { money: money(back.refund_money, currency) }),
    Number(back.points_given_back) ? t("back_points_given", counted(back.points_given_back)) : null,
    Number(back.points_taken_back) ? t("back_points_taken", counted(back.points_taken_back)) : null,
  ].filter(Boolean);
}

/** This till's own receipt as the server would tell it, less what came back without a line; undefined: it is not ours. */
async function ownReceipt({ id, receipt_number: number = "" }) {
  const kept = await all("receipts").catch(() => []);
  const found = kept.find((one) => (id ? one.sale === id : one.number.toLowerCase() === number.toLowerCase()));
  return found && {
    sale: found.sale,
    receipt_number: found.number,
    register: found.register,
    business_on: found.business_on,
    occurred_at: found.at,
    total: found.total,
    currency: state.workplace.currency,
    isOwn: true,
    lines: found.lines.map((line, at) => ({
      ...line,
      line: at + 1,
      returnable: quantityText(units(line.quantity, PLACES) - BigInt(found.back?.[at + 1] ?? 0)),
    })),
  };
}

/** Note what came back without a line, so that it does not come back twice. */
const noteBack = (number, pieces) =>
  transact(["receipts"], "readwrite", async ({ receipts }, ask) => {
    const kept = await ask(receipts.get(number));
    if (!kept) return;
    const back = { ...kept.back };
    for (const { line, quantity } of pieces) back[line] = String(BigInt(back[line] ?? 0) + units(quantity, PLACES));
    await ask(receipts.put({ ...kept, back }));
  }).catch(() => {}); // a full device: the server still refuses too much

class Returning {
  constructor(place) {
    this.card = h("section.card");
    place.append(this.card);
    this.ask();
  }

  draw(...children) {
    const told = sentenceBox();
    Object.assign(this, { told: told.element, say: told.say });
    this.card.replaceChildren(...children.flat().filter(Boolean));
  }

  /** Which receipt. */
  ask() {
    this.receipt = null;
    this.number = null;
    const input = (id, label, more) => [h("label", { for: id }, label), h("input", { id, autocomplete: "off", dir: "ltr", ...more })];
    const number = input("receipt-number", t("return_number"), { maxlength: 60, autocapitalize: "characters", spellcheck: "false" });
    const register = input("receipt-register", t("return_register"), { maxlength: 40 });
    const date = input("receipt-day", t("return_day"), { type: "date" });
    const camera = async () => {
      const read = await scan();
      if (read) this.find({ receipt_number: read }, read);
    };
    this.draw(h("h1", { tabindex: "-1" }, t("return_title")));
    this.card.append(
      state.isOnline ? "" : h("p.said.warn", {}, t("return_own_only")),
      h("form", { onsubmit: (event) => (event.preventDefault(), asked()) },
        number, this.told,
        h("details", {}, h("summary", {}, t("return_elsewhere")), h("div.pair", {}, h("div", {}, register), h("div", {}, date))),
        h("div.buttons", {},
          h("button.deed", { type: "submit" }, t("return_find")),
          h("button", { type: "button", onclick: camera }, t("return_scan")))),
    );
    this.entry = number[1];
    this.entry.focus();

    const asked = () => {
      if (!number[1].value.trim()) return this.say(t("return_number_wanted"), "warn");
      const named = { receipt_number: number[1].value, register: register[1].value, business_on: date[1].value };
      return this.find(Object.fromEntries(Object.entries(named).map(([key, value]) => [key, value.trim()]).filter(([, value]) => value)));
    };
  }

  async find(sale, typed = sale.receipt_number) {
    this.entry.value = typed ?? "";
    this.say();
    try {
      if (state.isOnline) {
        const { status, data } = await call("POST", FIND, { body: { sale } });
        if (status === 200) return this.choose(data);
        this.say(sentence(data));
        return this.entry.select();
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
    const own = await ownReceipt(sale);
    if (own) return this.choose(own);
    this.say(t("return_not_ours"), "warn");
    return this.entry.select();
  }

  /** The sale as returns and the offline batch name it. */
  get sale() {
    const { sale, receipt_number: number, register, business_on: on } = this.receipt;
    return sale ? { id: sale } : { receipt_number: number, ...(register ? { register } : {}), ...(on ? { business_on: on } : {}) };
  }

  /** Which pieces. */
  choose(receipt, chosen = {}) {
    this.receipt = receipt;
    const left = receipt.lines.filter((line) => Number(line.returnable) > 0);
    this.draw(h("h1", { tabindex: "-1" }, t("return_which")), this.head());
    if (receipt.is_void || !left.length) {
      const other = h("button.deed", { type: "button", onclick: () => this.ask() }, t("return_other"));
      this.card.append(h("p.said.warn", {}, receipt.is_void ? t("return_void") : t("return_all_back")), h("div.buttons", {}, other));
      return other.focus();
    }
    const whole = left.length === 1;
    this.inputs = left.map((line) =>
      h("input", {
        type: "number", min: 0, max: line.returnable, step: "any", dir: "ltr", id: `piece-${line.line}`, "data-line": line.line,
        value: chosen[line.line] ?? (whole ? line.returnable : ""), placeholder: "0", autocomplete: "off", "aria-describedby": `left-${line.line}`,
      }));
    this.card.append(
      receipt.isOwn ? h("p.said.warn", {}, t("return_own_only")) : "",
      h("form", { novalidate: true, onsubmit: (event) => (event.preventDefault(), this.confirm()) },
        h("ul.pieces", {}, left.map((line, at) => this.piece(line, this.inputs[at]))),
        this.told,
        h("div.buttons", {},
          h("button.deed", { type: "submit" }, t("return_on")),
          h("button", { type: "button", onclick: () => this.everything() }, t("return_everything")),
          h("button.plain", { type: "button", onclick: () => this.ask() }, t("return_other")))),
    );
    this.inputs[0].focus();
    return this.inputs[0].select();
  }

  head() {
    const { receipt_number: number, occurred_at: at, total, currency } = this.receipt;
    return h("p.quiet", {}, bdi(number), " · ", day(at), " · ", bdi(money(total, currency)));
  }

  piece(line, input) {
    const name = line.name || line.sku;
    const step = (by) => {
      by > 0 ? input.stepUp() : input.stepDown();
      speak(input.value);
    };
    const button = (label, text, by) => h("button", { type: "button", "aria-label": label, onclick: () => step(by) }, text);
    return h("li", {},
      h("label", { for: input.id }, h("span", { dir: "auto" }, name)),
      h("span.quiet", { id: `left-${line.line}` },
        t("return_left", { left: line.returnable, quantity: line.quantity }), " · ", bdi(money(line.amount, this.receipt.currency))),
      h("span.stepper", { dir: "ltr" }, button(t("return_less", { name }), "−", -1), input, button(t("return_more", { name }), "+", 1)));
  }

  everything() {
    for (const input of this.inputs) input.value = input.max;
    this.inputs[0].focus();
  }

  /** [{line, quantity}] of what was chosen; null and a sentence where it cannot be. */
  chosen() {
    const pieces = [];
    for (const input of this.inputs) {
      const quantity = input.value ? units(input.value, PLACES) : 0n;
      if (input.validity.badInput || quantity === null || quantity > units(input.max, PLACES)) {
        this.say(t("return_too_much", { left: input.max }), "warn");
        input.focus();
        return null;
      }
      if (quantity) pieces.push({ line: Number(input.dataset.line), quantity: quantityText(quantity) });
    }
    if (pieces.length) return pieces;
    this.say(t("return_nothing"), "warn");
    this.inputs[0].focus();
    return null;
  }

  /** What goes back, before it does. */
  async confirm() {
    const pieces = this.chosen();
    if (!pieces) return;
    let heard = null;
    try {
      if (state.isOnline && !this.receipt.isOwn) heard = await foresee(this.sale, pieces);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
    if (heard && heard.status !== 200) return this.say(sentence(heard.data));
    const kept = Object.fromEntries(pieces.map(({ line, quantity }) => [line, quantity]));
    const worth = this.worth(pieces);
    const book = h("button.deed", { type: "submit" }, t("return_do"));
    this.draw(h("h1", { tabindex: "-1" }, t("return_sure")), this.head());
    this.card.append(
      h("ul.back", {}, pieces.map(({ line, quantity }) => h("li", {}, h("bdi", {}, `${quantity} × ${this.name(line)}`)))),
      heard
        ? h("ul.sums", {}, sentencesOf(heard.data.back, this.receipt.currency).map((text) => h("li", {}, text)))
        : h("p.said.warn", {}, t("return_unasked", { money: worth })),
      h("form", { onsubmit: (event) => (event.preventDefault(), this.book(pieces, worth, book)) },
        this.told,
        h("div.buttons", {}, book, h("button", { type: "button", onclick: () => this.choose(this.receipt, kept) }, t("back")))),
    );
    book.focus();
  }

  name(position) {
    const { name, sku } = this.receipt.lines.find((one) => one.line === position);
    return name || sku;
  }

  /** What the pieces cost, as far as this device knows. */
  worth(pieces) {
    const exponent = state.workplace.currency_exponent;
    const sum = pieces.reduce((sum, { line, quantity }) => {
      const sold = this.receipt.lines.find((one) => one.line === line);
      const whole = units(sold.quantity, PLACES);
      return sum + (units(sold.amount, exponent) * units(quantity, PLACES) + whole / 2n) / whole;
    }, 0n);
    return money(decimal(sum, exponent), this.receipt.currency);
  }

  async book(pieces, worth, button) {
    button.disabled = true;
    this.say();
    this.number ??= await nextNumber();
    const body = { sale: this.sale, lines: pieces, receipt_number: this.number };
    const isFact = !state.isOnline;
    const result = await withCashier(() => submit({ kind: "return", path: "/api/v1/returns", body, isFact }));
    button.disabled = false;
    if (result.state === "refused") {
      this.say(sentence(result.problem));
      return button.focus();
    }
    if (result.state === "waiting") await noteBack(this.receipt.receipt_number, pieces);
    return this.done(pieces, worth, result.answer ?? null);
  }

  done(pieces, worth, answer) {
    const refund = answer ? money(answer.refund_money, answer.currency) : worth;
    const next = h("button.deed", { type: "button", onclick: () => show("sell") }, t("return_sell"));
    this.draw(
      h("h1", { tabindex: "-1" }, answer ? t("return_done") : t("return_kept")),
      h("p.figure", {}, t("return_give"), " ", h("strong", {}, bdi(refund))),
      answer ? null : h("p.said.warn", {}, t("return_waits")),
      h("div.buttons", {}, next,
        h("button", { type: "button", onclick: () => print() }, t("return_print")),
        h("button", { type: "button", onclick: () => this.ask() }, t("return_next"))),
      this.paper(pieces, refund, answer),
    );
    next.focus();
  }

  /** The return's own receipt, to print. */
  paper(pieces, refund, answer) {
    const amount = (line) => answer?.lines.find((one) => one.line === line)?.amount;
    return paper({
      title: t("return_paper"),
      number: [t("return_paper"), " ", bdi(this.number)],
      more: h("p", {}, t("return_of"), " ", bdi(this.receipt.receipt_number)),
      at: now(),
      rows: [
        ...pieces.map(({ line, quantity }) => row(`${quantity} × ${this.name(line)}`, amount(line) ? money(amount(line), this.receipt.currency) : "")),
        row(t("return_give"), refund, "sum"),
      ],
      foot: h("footer", {}, answer ? null : h("p", {}, t("return_waits")), (answer?.receipt_texts ?? []).map((text) => h("p", { dir: "auto" }, text))),
    });
  }
}
