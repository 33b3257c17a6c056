/* A campaign on its way: asks every two seconds while the page is seen, and shows the next page when the state changes. */
"use strict";
(() => {
  const box = document.getElementById("campaign-progress");
  if (!box) return;
  const words = box.dataset;
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  let timer = 0;

  const show = (progress) => {
    box.querySelector("progress").value = progress.percent;
    part("percent").textContent = String(progress.percent);
    part("count").textContent = words.wordsCount.replace("%ended", progress.ended).replace("%planned", progress.planned);
    part("speed").textContent = progress.speed;
    part("left").textContent = progress.left;
    if (part("waits").textContent !== progress.waits) part("waits").textContent = progress.waits;
    for (const [name, count] of Object.entries(progress.counts)) {
      const place = box.querySelector(`[data-count="${name}"]`);
      if (place) place.textContent = count;
    }
  };

  const ask = async () => {
    try {
      const answer = await fetch(words.url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const progress = await answer.json();
      if ((progress.state !== words.state && !(progress.state === "running" && words.state === "freezing")) || progress.is_stuck) {
        window.location.reload();
        return;
      }
      if (progress.state !== words.state && progress.state === "running") {
        words.state = "running";
        part("label").textContent = progress.label;
      }
      show(progress);
    } catch {
      part("waits").textContent = words.wordsLost;
    }
    plan();
  };
  const plan = () => {
    window.clearTimeout(timer);
    if (!document.hidden) timer = window.setTimeout(ask, 2000);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? window.clearTimeout(timer) : ask()));
  window.addEventListener("pagehide", () => window.clearTimeout(timer));
  plan();
})();
