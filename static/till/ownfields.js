/* The company's own fields that tills may fill in: an input for each, by its kind, and what was typed as the API takes it. */

import { h, t } from "./dom.js";

const KINDS = {
  text: { type: "text", dir: "auto", maxlength: 200 },
  number: { type: "text", inputmode: "decimal", dir: "ltr", maxlength: 20 },
  date: { type: "date" },
};

const list = (id, own) =>
  h("select", { id }, h("option", { value: "" }, "—"), own.options.map(({ code, label }) => h("option", { value: code }, label)));

const yesNo = (id) =>
  h("select", { id }, [["", "—"], ["yes", t("offers_yes")], ["no", t("offers_no")]].map(([value, label]) => h("option", { value }, label)));

const several = (own) =>
  h("fieldset.choices", { "data-own": own.code }, h("legend", { dir: "auto" }, own.label),
    own.options.map(({ code, label }) => h("label", {}, h("input", { type: "checkbox", value: code }), h("span", { dir: "auto" }, label))));

function drawn(own) {
  if (own.kind === "choices") return several(own);
  const id = `own-${own.code}`;
  const input = own.kind === "choice" ? list(id, own) : own.kind === "yes_no" ? yesNo(id) : h("input", { id, autocomplete: "off", ...KINDS[own.kind] });
  return h("div", { "data-own": own.code }, h("label", { for: id, dir: "auto" }, own.label), input);
}

/** The fields as an element, closed until somebody wants them; null where there are none. */
export function ownFields(fields) {
  const known = fields.filter(({ kind }) => kind in KINDS || ["choice", "choices", "yes_no"].includes(kind));
  if (!known.length) return null;
  return h("details", {}, h("summary", {}, t("enrol_more")), known.map(drawn));
}

/** {code: value} of what was filled in inside `place`. */
export function ownFieldsOf(place, fields) {
  const typed = {};
  for (const { code, kind } of fields) {
    const row = place.querySelector(`[data-own="${CSS.escape(code)}"]`);
    if (!row) continue;
    if (kind === "choices") {
      const chosen = [...row.querySelectorAll("input:checked")].map(({ value }) => value);
      if (chosen.length) typed[code] = chosen;
      continue;
    }
    const value = row.querySelector("input, select").value.trim();
    if (value) typed[code] = kind === "yes_no" ? value === "yes" : kind === "number" ? value.replace(",", ".") : value;
  }
  return typed;
}
