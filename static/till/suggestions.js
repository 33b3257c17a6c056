/* The list under a field: what the typed text may mean. Arrows walk it, Enter takes, Escape closes. */

import { h, t } from "./dom.js";

/**
 * A list box for `input`. `choose(option)` takes one; an option is {text, more, ...}. Returns {element, set(options, isFirst),
 * take()}: `isFirst` marks the first one at once; take() takes the marked one and says whether there was one.
 */
export function suggestions(input, choose) {
  let options = [];
  let marked = -1;
  const list = h("ul.options", { id: `${input.id}-options`, role: "listbox", "aria-label": t("sell_options"), hidden: true });
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) {
    input.setAttribute(name, value);
  }

  function mark(at) {
    marked = at;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[at].id);
    return list.children[at].scrollIntoView({ block: "nearest" });
  }

  function set(found, isFirst) {
    options = found;
    list.replaceChildren(
      ...options.map((option, index) =>
        h("li", { id: `${list.id}-${index}`, role: "option", "aria-selected": "false", onpointerdown: (event) => (event.preventDefault(), choose(option)) },
          h("bdi", {}, option.text), h("small", {}, h("bdi", {}, option.more)))),
    );
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(isFirst && options.length ? 0 : -1);
  }

  input.addEventListener("keydown", (event) => {
    if (!options.length) return;
    if (event.key === "ArrowDown") mark((marked + 1) % options.length);
    else if (event.key === "ArrowUp") mark((marked <= 0 ? options.length : marked) - 1);
    else if (event.key === "Escape") set([], false);
    else return;
    event.preventDefault();
  });

  return { element: list, set, take: () => marked >= 0 && (choose(options[marked]), true) };
}
