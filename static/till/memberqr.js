/* The member's own page as a QR code on the screen: for their card, or for their PIN. */

import { call, freshKey, Unreachable } from "./api.js";
import { h, sentenceBox, svg, t } from "./dom.js";
import { screen, sentence, show, state } from "./frame.js";

/** A QR code of the API ({size, path}) as an element: dark on white in any light, or no camera reads it. */
export const qrCode = ({ size, path }) =>
  h("div.qr", { role: "img", "aria-label": t("qr_label") },
    svg("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true", "shape-rendering": "crispEdges" }, svg("path", { d: path })));

/** args: {key (a key of the API: what was scanned), name?}. */
screen("member-qr", (place, args) => {
  const key = args.key ?? args.member;
  const back = () => show("sell", key.any ? { any: key.any } : {});
  const { element: told, say } = sentenceBox();
  const shown = h("div.own-page");
  const button = h("button.deed", { type: "submit" }, t("qr_show"));
  const pin = h("input.code", { id: "member-pin", type: "password", inputmode: "numeric", dir: "ltr", maxlength: 8, autocomplete: "off" });
  const form = h("form", { hidden: true, onsubmit: (event) => (event.preventDefault(), ask(pin.value)) },
    h("label", { for: "member-pin" }, t("qr_pin")), pin, h("div.buttons", {}, button));
  const leave = h("button", { type: "button", onclick: back }, t("enrol_sell"));
  place.append(
    h("section.card", {}, h("h1", { tabindex: "-1" }, t("qr_title")), shown, told, form, h("div.buttons", {}, leave)),
  );
  leave.focus();
  ask("");

  async function ask(typed) {
    if (!state.isOnline) return say(t("needs_line"), "warn");
    say();
    button.disabled = true;
    pin.value = "";
    try {
      const body = { member: key, ...(typed ? { pin: typed } : {}) };
      const { status, data } = await call("POST", "/api/v1/members/own-page", { body, key: freshKey() });
      if (status === 201) return draw(data);
      say(sentence(data), "bad");
      // By a phone number alone nobody gets the page; the member's PIN proves who they are.
      if (data.code === "own_page_needs_proof" || !form.hidden) {
        form.hidden = false;
        pin.focus();
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      say(t("needs_line"), "warn");
    } finally {
      button.disabled = false;
    }
    return null;
  }

  function draw({ member, own_page_qr: code }) {
    form.hidden = true;
    shown.replaceChildren(h("p.name", {}, h("bdi", {}, member.name)), qrCode(code), h("p", {}, t("qr_help")));
    leave.focus();
  }
});
