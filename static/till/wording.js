/* The words that are read out before somebody says yes, in the language spoken with them, and the yes or no itself. */

import { h, languages, t } from "./dom.js";
import { state } from "./frame.js";

const CHANNELS = { email: () => t("channel_email"), sms: () => t("channel_sms"), phone: () => t("channel_phone") };

/** What a language calls itself. */
const languageName = (code) =>
  languages.find((one) => one.code === code)?.name ?? new Intl.DisplayNames([code], { type: "language" }).of(code);

/** The language that is spoken with this customer, `spoken` at first; null where the shop speaks only one. */
export function languageField(name, spoken, change) {
  const codes = state.workplace.languages;
  if (codes.length < 2) return null;
  return h("fieldset.choices", {}, h("legend", {}, t("enrol_language")),
    codes.map((code) => h("label", {},
      h("input", { type: "radio", name, value: code, checked: code === spoken, onchange: () => change(code) }),
      h("span", { lang: code, dir: "auto" }, languageName(code)))));
}

/** The newest words for a purpose in a language, as an element; or that the shop has none and what to say then. */
export function words(purpose, spoken) {
  const all = state.workplace.wordings.filter((one) => one.purpose === purpose);
  const found = all.find((one) => one.language === spoken) ?? all[0];
  return found
    ? h("blockquote.wording", { lang: found.language, dir: "auto" }, found.text)
    : h("p.said.warn", {}, purpose === "processing" ? t("wording_none") : t("wording_none_offers"));
}

/** [element, checkbox]: the words for `purpose`, and a box to tick when they said yes. */
export function agreement(purpose, spoken, label) {
  const box = h("input", { type: "checkbox", id: `agreed-${purpose}`, autocomplete: "off" });
  const element = h("section.reading", {},
    h("p.quiet", {}, t("wording_read_out")),
    words(purpose, spoken),
    h("label.tick", {}, box, h("span", {}, label)));
  return [element, box];
}

/** The offers by channel. `how`: "tick" asks for a yes, "change" for a yes, a no, or nothing changed. */
export function offersField(spoken, how) {
  const channels = state.workplace.channels.filter((channel) => channel in CHANNELS);
  if (!channels.length) return null;
  const rows = how === "tick" ? channels.map(tick) : channels.map(choice);
  return h("fieldset.offers", {}, h("legend", {}, t("offers_title")), words("marketing", spoken), rows);
}

const tick = (channel) =>
  h("label.tick", {}, h("input", { type: "checkbox", "data-channel": channel, autocomplete: "off" }), h("span", {}, CHANNELS[channel]()));

const choice = (channel) =>
  h("fieldset.choices", {}, h("legend", {}, CHANNELS[channel]()),
    [["", t("offers_stays")], ["yes", t("offers_yes")], ["no", t("offers_no")]].map(([value, label]) =>
      h("label", {},
        h("input", { type: "radio", name: `offers-${channel}`, value, checked: value === "", "data-channel": channel, autocomplete: "off" }),
        h("span", {}, label))));

/** {channel: whether offers may come so} of what was chosen inside `place`; a channel that stays as it is is not in it. */
export function offersOf(place) {
  const chosen = {};
  for (const input of place.querySelectorAll("input[data-channel]:checked")) {
    if (input.type === "checkbox") chosen[input.dataset.channel] = true;
    else if (input.value) chosen[input.dataset.channel] = input.value === "yes";
  }
  return chosen;
}

/** What a channel is called. */
export const channelName = (channel) => CHANNELS[channel]?.() ?? channel;
