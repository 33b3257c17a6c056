/* What a member allows: asked at the counter, noted with the till and the cashier as its proof. */

import { h, language, sentenceBox, t } from "./dom.js";
import { screen, sentence, show, state } from "./frame.js";
import { submit } from "./queue.js";
import { withCashier } from "./signin.js";
import { agreement, channelName, languageField, offersField, offersOf } from "./wording.js";

/** args: {member (a key of the API), name?}. */
screen("wishes", (place, { member, name = "" }) => {
  const { languages } = state.workplace;
  let spoken = languages.includes(language) ? language : languages[0];
  const back = () => show("sell", member.any ? { any: member.any } : {});
  const { element: told, say } = sentenceBox();
  const read = h("div.read");
  const button = h("button.deed", { type: "submit" }, t("wishes_do"));
  let agreed;

  const draw = () => {
    const [element, box] = agreement("processing", spoken, t("wishes_agreed"));
    agreed = box;
    read.replaceChildren(offersField(spoken, "change") ?? "", h("details", {}, h("summary", {}, t("wishes_data")), element));
  };

  const card = h("section.card", {},
    h("h1", { tabindex: "-1" }, t("wishes_title")),
    name ? h("p.name", {}, h("bdi", {}, name)) : null,
    h("form", { onsubmit: send },
      languageField("wishes-language", spoken, (code) => ((spoken = code), draw())),
      read, told,
      h("div.buttons", {}, button, h("button.plain", { type: "button", onclick: back }, t("cancel")))));
  draw();
  place.append(card);
  read.querySelector("input")?.focus();

  async function send(event) {
    event.preventDefault();
    const offers = Object.entries(offersOf(read)).map(([channel, allowed]) => ({ channel, allowed }));
    if (!offers.length && !agreed.checked) return say(t("wishes_nothing"), "warn");
    if (!state.isOnline) return say(t("needs_line"), "warn");
    button.disabled = true;
    const body = { member, offers, ...(agreed.checked ? { agrees: true } : {}) };
    const result = await withCashier(() => submit({ kind: "wishes", path: "/api/v1/members/consents", body }));
    button.disabled = false;
    if (result.state === "refused") return say(sentence(result.problem), "bad");
    return noted(result.answer);
  }

  function noted(answer) {
    const go = h("button.deed", { type: "button", onclick: back }, t("enrol_sell"));
    card.replaceChildren(
      h("h1", { tabindex: "-1" }, answer ? t("wishes_noted") : t("wishes_kept")),
      answer
        ? h("ul.wishes", {}, Object.entries(answer.offers).map(([channel, isAllowed]) =>
            h("li", {}, h("span", {}, channelName(channel)), h("strong", {}, isAllowed ? t("offers_yes") : t("offers_no")))))
        : h("p.said.warn", {}, t("wishes_waits")),
      h("div.buttons", {}, go));
    go.focus();
  }
});
