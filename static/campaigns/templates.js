/* The fields beside the editor: a click puts one where the cursor was last. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const help = document.getElementById("template-help");
  if (!help) return;
  let last = null;
  const isWords = (element) => element instanceof HTMLElement && element.matches("[data-template-words]");

  document.addEventListener("focusin", (event) => {
    if (isWords(event.target)) last = event.target;
  });

  /* Without a cursor yet: the text of the language in sight. */
  const target = () => {
    if (last && last.offsetParent !== null) return last;
    return [...document.querySelectorAll("textarea[data-template-words]")].find((one) => one.offsetParent !== null) || null;
  };

  help.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    const field = target();
    if (!button || !field) return;
    let words = button.dataset.insert;
    if (field instanceof HTMLInputElement) words = words.replaceAll("\n", " ");
    const start = field.selectionStart ?? field.value.length;
    field.focus();
    field.setRangeText(words, start, field.selectionEnd ?? start, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
});
