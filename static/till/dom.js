/* Building the page: words in the page's language, elements from plain values (never from markup), money for the eye. */

const words = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;
export const languages = JSON.parse(document.getElementById("languages").textContent);
const plurals = new Intl.PluralRules(language);

/** The words of a key, with %(name)s filled in from `values`. An unknown key is a mistake of ours and throws. */
export function t(key, values = {}) {
  const found = words[key];
  if (found === undefined) throw new Error(`no words for ${key}`);
  const text = typeof found === "string" ? found : found[plurals.select(Number(values.count))];
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** An element. Props: class, data-*, aria-*, on…: listeners, all others as properties or attributes. Children: nodes, texts, arrays, null. */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.classList.add(...value.split(" ").filter(Boolean));
    else if (key === "value" || key === "checked" || key === "disabled") element[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element of an SVG drawing. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Digits, codes and sums keep their direction and their order in Hebrew too. */
export const bdi = (text) => h("bdi", { dir: "ltr" }, String(text));

/** Say it to a screen reader as well. */
export function speak(text) {
  const place = document.getElementById("spoken");
  place.textContent = "";
  requestAnimationFrame(() => (place.textContent = text));
}

/** The key that does the same as the button it stands on. */
export const key = (name) => h("kbd", { dir: "ltr" }, name);

/** A place in a form for one sentence, which is also spoken: {element, say(text, kind)}. Without a text it goes away. */
export function sentenceBox() {
  const element = h("p.said", { role: "alert", hidden: true });
  const say = (text = "", kind = "bad") => {
    element.textContent = text;
    element.className = `said ${kind}`;
    element.hidden = !text;
  };
  return { element, say };
}

/** Ask over the screen, which stays as it is. `fill(close)` gives what stands under the title, `kind` is a class. Resolves to the
    text that was given to `close`, "" when nobody wanted it after all; the focus is back where it was by then. */
export function ask(title, fill, kind = null) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const dialog = h("dialog", { class: kind, "aria-labelledby": "asked", onclose: closed },
      h("h2", { id: "asked" }, title),
      fill((answer = "") => dialog.close(answer)));
    document.body.append(dialog);
    dialog.showModal();

    function closed() {
      dialog.remove();
      before?.focus?.();
      resolve(dialog.returnValue);
    }
  });
}

const isMirrored = document.documentElement.dir === "rtl";

/** Arrows lead through the buttons of `place`: sideways from one to the next, up and down from row to row (`row`, a selector),
    and round at the ends. Whether the key was one of these. */
export function walk(event, place, row = "button") {
  const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const aside = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const buttons = [...place.querySelectorAll("button, summary")].filter((one) => one.checkVisibility());
  const here = buttons.indexOf(document.activeElement);
  if (here < 0 || !(down || aside)) return false;
  event.preventDefault();
  const round = (list, at) => list.at(at % list.length);
  if (aside) round(buttons, here + (isMirrored ? -aside : aside)).focus();
  else {
    const rows = [...new Set(buttons.map((one) => one.closest(row)))];
    const inRow = (wanted) => buttons.filter((one) => one.closest(row) === wanted);
    const mine = buttons[here].closest(row);
    const next = inRow(round(rows, rows.indexOf(mine) + down));
    (next[inRow(mine).indexOf(buttons[here])] ?? next.at(-1)).focus();
  }
  return true;
}
