/* A device that is no till yet: the code from the back office makes it one. */

import { call, Unreachable } from "./api.js";
import { h, t } from "./dom.js";
import { home, noteAsked, refresh, say, screen, sentence, state } from "./frame.js";

const LENGTH = 12;

screen("start", (place, { code = "", isRevoked = false } = {}) => {
  const field = h("input.code", {
    id: "code", value: code, required: true, dir: "ltr", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    maxlength: 20, "aria-describedby": "code-help", oninput: () => field.setCustomValidity(""),
  });
  const button = h("button.deed", { type: "submit" }, t("enrol_device"));
  const form = h("form.card", { onsubmit: sent },
    h("h1", { tabindex: "-1" }, t("start_title")),
    state.workplace && h("p.said.warn", {}, t("start_is_till", { till: state.workplace.terminal })),
    h("p", { id: "code-help" }, t("start_help")),
    h("label", { for: "code" }, t("enrolment_code")),
    field,
    h("div.buttons", {}, button, state.workplace && h("button.plain", { type: "button", onclick: home }, t("cancel"))),
  );
  place.append(form);
  if (isRevoked) say(state.waiting ? t("till_unknown_waiting", { count: state.waiting }) : t("till_unknown"), "bad");
  field.focus();
  if (code && !state.workplace) form.requestSubmit(); // by the link or the QR code: nothing is left to type

  async function sent(event) {
    event.preventDefault();
    const typed = field.value.replace(/[\s-]/g, "");
    if (typed.length !== LENGTH) {
      field.setCustomValidity(t("code_length", { count: LENGTH }));
      field.reportValidity();
      return;
    }
    button.disabled = true;
    await noteAsked();
    try {
      const { status, data } = await call("POST", "/till/enrol", { body: { code: typed } });
      if (status === 200 && (await refresh()) === 200) home();
      else if (status === 200) say(t("cookies_off"), "bad");
      else refused(sentence(data));
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      say(t("no_answer"), "bad");
    } finally {
      button.disabled = false;
    }
  }

  function refused(text) {
    say(text, "bad");
    field.focus();
    field.select();
  }
});
