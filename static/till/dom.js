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
