/* The progress of a check or an import: asks every 700 ms, says it in words, goes on when it is over. */
"use strict";
(() => {
  const box = document.getElementById("import-progress");
  if (!box) return;
  const words = box.dataset;
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const number = new Intl.NumberFormat(document.documentElement.lang || "en");

  const duration = (seconds) =>
    seconds < 90
      ? words.wordsSeconds.replace("%n", number.format(Math.max(1, seconds)))
      : words.wordsMinutes.replace("%n", number.format(Math.round(seconds / 60)));

  const show = (progress) => {
    box.querySelector("progress").value = progress.percent;
    part("percent").textContent = `${progress.percent} %`;
    if (words.unit === "rows") {
      part("count").textContent = words.wordsRows
        .replace("%done", number.format(progress.done))
        .replace("%total", number.format(progress.total));
      part("speed").textContent = progress.per_second && !progress.is_stopped
        ? words.wordsSpeed.replace("%speed", number.format(progress.per_second))
        : "";
    }
    part("left").textContent =
      progress.seconds_left === null || progress.seconds_left === undefined
        ? ""
        : words.wordsLeft.replace("%left", duration(progress.seconds_left));
    const waiting = progress.state === "waiting" || progress.state === "queued";
    part("state").textContent = progress.trouble ? progress.trouble : progress.is_stopped ? progress.label : waiting && !progress.done ? words.wordsWaiting : "";
  };

  const ask = async () => {
    try {
      const answer = await fetch(words.url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const progress = await answer.json();
      if (progress.is_over) {
        window.location.assign(words.next);
        return;
      }
      show(progress);
    } catch {
      part("state").textContent = words.wordsLost;
    }
    window.setTimeout(ask, 700);
  };
  ask();
})();
