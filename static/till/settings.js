/* Settings: the language, what this device is, and how it stops being a till. */

import { call, Unreachable, VERSION } from "./api.js";
import { ask, bdi, h, language, languages, t } from "./dom.js";
import { say, screen, sentence, settle, show, state } from "./frame.js";
import { forgetAll } from "./queue.js";

/** As long as browsers allow (s). */
const YEAR = 365 * 24 * 3600;

screen("settings", (place) => {
  const { store, terminal, register, company } = state.workplace;
  place.append(
    h("section.card", {},
      h("h1", { tabindex: "-1" }, t("settings_title")),
      h("h2", {}, t("language")),
      h("div.buttons", { role: "group", "aria-label": t("language") },
        languages.map(({ code, name }) =>
          h("button", { type: "button", lang: code, "aria-pressed": String(code === language), onclick: () => speakIn(code) }, name))),
      h("h2", {}, t("this_till")),
      h("dl", {},
        row(t("company"), h("bdi", {}, company)),
        row(t("store"), h("bdi", {}, store)),
        row(t("till_name"), h("bdi", {}, terminal)),
        row(t("register"), bdi(register)),
        row(t("version"), bdi(VERSION))),
      h("h2", {}, t("leave_title")),
      h("p", {}, t("leave_help")),
      h("div.buttons", {}, h("button.danger", { type: "button", onclick: leave }, t("leave_device")))),
  );
  place.querySelector("h1").focus();
});

const row = (name, value) => [h("dt", {}, name), h("dd", {}, value)];

function speakIn(code) {
  if (state.isBusy) return say(t("finish_sale_first"));
  // For the next start by the bare address; /till/ reads the same cookie as every page of ours.
  document.cookie = `django_language=${code}; path=/till/; max-age=${YEAR}; samesite=strict`;
  location.assign(`/till/${code}/`);
}

async function leave() {
  if (state.waiting) return say(t("leave_waiting", { count: state.waiting }), "bad");
  if (state.isBusy) return say(t("finish_sale_first"));
  const answer = await ask(t("leave_sure"), (close) => [
    h("p", {}, t("leave_after")),
    h("div.buttons", {},
      h("button", { type: "button", onclick: () => close() }, t("cancel")),
      h("button.danger", { type: "button", onclick: () => close("leave") }, t("leave_device"))),
  ]);
  if (answer !== "leave") return undefined;
  try {
    const { status, data } = await call("POST", "/till/leave", { body: {} });
    if (status !== 204) return say(sentence(data), "bad");
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return say(t("no_answer"), "bad");
  }
  await forgetAll().catch(() => {}); // a device that keeps nothing has nothing to forget
  await settle(null);
  return show("start");
}
