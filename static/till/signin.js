/* Cashiers sign in with number and PIN: on a screen of its own, or over a sale that the server wants a cashier for. */

import { call, freshKey, Unreachable } from "./api.js";
import { ask, bdi, h, key, sentenceBox, t } from "./dom.js";
import { home, refresh, say, screen, sentence, state } from "./frame.js";

const REQUIRED = new Set(["cashier_required", "cashier_other"]);

/** The form. Its fields are `name`-number and `name`-pin; `done` is called once somebody is signed in, `leave` is what the
    second button does. */
function signInForm(name, done, leave) {
  const input = (id, words, more) => [
    h("label", { for: id }, words),
    h("input", { id, required: true, dir: "ltr", inputmode: "numeric", autocomplete: "off", ...more }),
  ];
  const number = input(`${name}-number`, t("cashier_number"), { maxlength: 40, inputmode: "text" });
  const pin = input(`${name}-pin`, t("cashier_pin"), { maxlength: 8, type: "password" });
  const told = sentenceBox();
  const button = h("button.deed", { type: "submit" }, t("sign_in"));
  return h("form", { onsubmit: sent },
    number, pin, told.element,
    h("div.buttons", {}, button, h("button.plain", { type: "button", onclick: leave }, t("cancel"))),
  );

  async function sent(event) {
    event.preventDefault();
    button.disabled = true;
    told.say();
    try {
      const body = { number: number[1].value.trim(), pin: pin[1].value };
      const { status, data } = await call("POST", "/api/v1/cashiers/sign-in", { body, key: freshKey() });
      if (status === 200) {
        await refresh();
        return done();
      }
      refused(sentence(data));
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      refused(t("sign_in_needs_line"));
    } finally {
      pin[1].value = "";
      button.disabled = false;
    }
  }

  function refused(text) {
    told.say(text);
    pin[1].focus();
  }
}

screen("signin", (place) => {
  const { cashier, needs_cashier_pin: isNeeded } = state.workplace;
  const card = h("section.card", {}, h("h1", { tabindex: "-1" }, t("sign_in_title")));
  if (cashier)
    card.append(
      h("p", {}, t("signed_in_is"), " ", h("strong", {}, h("bdi", {}, cashier.name), " ", bdi(cashier.number))),
      h("div.buttons", {}, h("button", { type: "button", onclick: signOut, "aria-keyshortcuts": "F7" }, t("sign_out"), " ", key("F7"))),
      h("h2", {}, t("somebody_else")),
    );
  else if (isNeeded) card.append(h("p", {}, t("sign_in_needed")));
  card.append(signInForm("cashier", home, home));
  place.append(card);
  card.querySelector("#cashier-number").focus();
});

async function signOut() {
  try {
    const { status, data } = await call("POST", "/api/v1/cashiers/sign-out", { body: {}, key: freshKey() });
    if (status !== 200) return say(sentence(data), "bad");
    await refresh();
    return home();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return say(t("sign_in_needs_line"), "bad");
  }
}

/** Ask for a cashier over whatever is on the screen. True once somebody is signed in. */
export const askCashier = async () =>
  (await ask(t("sign_in_title"), (close) => [
    h("p", {}, t("sign_in_keeps")),
    signInForm("ask", () => close("in"), () => close()),
  ])) === "in";

/** Do `attempt()`, and again once a cashier has signed in, when that is what was missing. Takes answers of `call` and of
    the queue alike, and gives back the last one. */
export async function withCashier(attempt) {
  const answer = await attempt();
  const problem = answer.problem ?? answer.data;
  return REQUIRED.has(problem?.code) && (await askCashier()) ? attempt() : answer;
}
