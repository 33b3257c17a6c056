/* A new member: a phone is enough, once the words have been read out and somebody has said yes. */

import { bdi, h, language, sentenceBox, t } from "./dom.js";
import { bus, quiet, screen, sentence, show, state } from "./frame.js";
import { points } from "./hintcard.js";
import { qrCode } from "./memberqr.js";
import { ownFields, ownFieldsOf } from "./ownfields.js";
import { submit } from "./queue.js";
import { withCashier } from "./signin.js";
import { agreement, languageField, offersField, offersOf } from "./wording.js";

screen("enrol", (place, args) => {
  const spoken = state.workplace.languages.includes(language) ? language : state.workplace.languages[0];
  const card = h("section.card");
  place.append(card);
  const form = new Form(card, { phone: args.phone ?? "", spoken });
  const redraw = () => form.line();
  for (const name of ["online", "offline"]) bus.addEventListener(name, redraw);
  return () => {
    for (const name of ["online", "offline"]) bus.removeEventListener(name, redraw);
  };
});

const field = (id, label, more) => {
  const input = h("input", { id, autocomplete: "off", ...more });
  return [h("div", {}, h("label", { for: id }, label), input), input];
};

class Form {
  constructor(card, { phone, spoken }) {
    this.card = card;
    this.spoken = spoken;
    const [phoneRow, phoneInput] = field("enrol-phone", t("enrol_phone"), { type: "tel", dir: "ltr", maxlength: 40, value: phone });
    const [nameRow, nameInput] = field("enrol-name", t("enrol_name"), { type: "text", dir: "auto", maxlength: 200 });
    const [mailRow, mailInput] = field("enrol-email", t("enrol_email"), { type: "email", dir: "ltr", maxlength: 254 });
    Object.assign(this, { phone: phoneInput, name: nameInput, email: mailInput });
    const told = sentenceBox();
    this.say = told.say;
    this.offline = h("p.said.warn", {}, t("enrol_offline"));
    this.button = h("button.deed", { type: "submit" }, t("enrol_do"));
    this.read = h("div.read");
    card.append(
      h("h1", { tabindex: "-1" }, t("enrol_title")),
      this.offline,
      h("form", { novalidate: true, onsubmit: (event) => (event.preventDefault(), this.send()) },
        h("div.pair", {}, phoneRow, nameRow),
        languageField("enrol-language", spoken, (code) => this.speakIn(code)),
        this.read,
        mailRow,
        ownFields(state.workplace.own_fields),
        told.element,
        h("div.buttons", {}, this.button, h("button.plain", { type: "button", onclick: () => show("sell") }, t("cancel")))),
    );
    this.words();
    this.line();
    (phone ? this.agreed : this.phone).focus();
  }

  /** Without a line somebody may still join; said before, not after. */
  line() {
    this.offline.hidden = state.isOnline;
  }

  speakIn(code) {
    const wasAgreed = this.agreed.checked;
    this.spoken = code;
    this.words();
    // Other words need another yes; who has only just begun loses nothing.
    if (wasAgreed) this.say(t("enrol_read_again"), "warn");
  }

  /** The words in the language that is spoken with this customer, and the yes to them. */
  words() {
    const [agreed, box] = agreement("processing", this.spoken, t("enrol_agreed"));
    this.agreed = box;
    this.read.replaceChildren(agreed, offersField(this.spoken, "tick"));
  }

  lacks() {
    if (!this.phone.value.trim() && !this.email.value.trim()) return [t("enrol_phone_wanted"), this.phone];
    if (!this.agreed.checked) return [t("enrol_read_first"), this.agreed];
    if (offersOf(this.read).email && !this.email.value.trim()) return [t("enrol_email_wanted"), this.email];
    return null;
  }

  async send() {
    const lack = this.lacks();
    if (lack) {
      this.say(lack[0], "warn");
      return lack[1].focus();
    }
    quiet();
    this.say();
    this.button.disabled = true;
    const offers = Object.entries(offersOf(this.read)).filter(([, isAllowed]) => isAllowed);
    const own = ownFieldsOf(this.card, state.workplace.own_fields);
    const keys = { phone: this.phone.value.trim(), name: this.name.value.trim(), email: this.email.value.trim() };
    const body = {
      ...Object.fromEntries(Object.entries(keys).filter(([, value]) => value)),
      language: this.spoken,
      ...(Object.keys(own).length ? { own_fields: own } : {}),
      consents: [{ purpose: "processing" }, ...offers.map(([channel]) => ({ purpose: "marketing", channel }))],
    };
    const result = await withCashier(() => submit({ kind: "enrol", path: "/api/v1/members", body }));
    this.button.disabled = false;
    if (result.state === "refused") {
      this.say(sentence(result.problem));
      return this.phone.select();
    }
    return this.joined(body.phone ?? body.email, result.answer ?? null);
  }

  /** What joining gave them; Enter goes on with their sale. */
  joined(any, answer) {
    const sell = h("button.deed", { type: "button", onclick: () => show("sell", { any }) }, t("enrol_sell"));
    const gift = answer && Number(answer.gift) > 0;
    this.card.replaceChildren(
      ...[
        h("h1", { tabindex: "-1" }, answer ? t("enrol_done") : t("enrol_kept")),
        answer?.member.name ? h("p.name", {}, h("bdi", {}, answer.member.name)) : null,
        gift ? h("p.gift", {}, h("strong", {}, bdi(points(answer.gift))), " ", t("enrol_gift", { count: answer.gift })) : null,
        answer ? null : h("p.said.warn", {}, t("enrol_waits")),
        answer?.own_page_qr
          ? h("div.own-page", {}, qrCode(answer.own_page_qr), h("p", {}, t("qr_help")))
          : null,
        ...(answer?.receipt_texts ?? []).map((text) => h("p.quiet", { dir: "auto" }, text)),
        h("div.buttons", {}, sell, h("button", { type: "button", onclick: () => show("enrol") }, t("enrol_next"))),
      ].filter(Boolean),
    );
    sell.focus({ preventScroll: true });
    scrollTo(0, 0); // the gift and the code are what both of them look at
  }
}
