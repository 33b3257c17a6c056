/* An audience's rows as sentences, and the count that follows them. Everything typed stays in one hidden field. */
"use strict";
(() => {
  const form = document.getElementById("audience-form");
  if (!form) return;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const phrases = read("audience-phrases");
  const choices = read("audience-choices");
  const mayChange = read("audience-may-change");
  const list = form.querySelector(".audience-rows");
  const words = list.dataset;
  const hidden = form.elements.criteria_json;
  const panel = document.querySelector(".audience-count");
  let rows = read("audience-criteria");
  if (!Array.isArray(rows)) rows = [];

  const make = (tag, values = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(values)) {
      if (name in node && name !== "list") node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  let ids = 0;
  const fresh = () => `audience-field-${(ids += 1)}`;

  /* A phrase is known by its place in the list and whether it is turned round: "3" or "3-not". */
  const phraseOf = (row) => {
    const at = phrases.findIndex(
      (one) => one.type === row.type && Object.entries(one.fixed).every(([name, value]) => row[name] === value),
    );
    return at < 0 ? "" : row.is_not ? `${at}-not` : String(at);
  };
  const options = (chosen) =>
    phrases.flatMap((one, at) => [
      make("option", { value: String(at), textContent: one.says, selected: chosen === String(at) }),
      make("option", { value: `${at}-not`, textContent: one.opposite, selected: chosen === `${at}-not` }),
    ]);
  const rowOf = (phrase) => {
    const [at, not] = phrase.split("-");
    const { type, fixed } = phrases[Number(at)];
    return { type, ...fixed, is_not: not === "not" };
  };
  const begin = {
    city: { values: [] },
    tier: { values: [] },
    stage: { values: [] },
    rfm: { values: [] },
    language: { values: [] },
    bought: { days: 60 },
    shopped: { values: [], days: null },
    spent: { amount: "100", days: null },
    birthday: { days: 7 },
    joined: { days: 30 },
    consent: { channel: "email" },
    contact: { values: [] },
    profile: { values: [] },
    field: { values: [] },
    to_win: {},
  };

  const checkboxes = (row, pairs, label, empty) => {
    const group = make("div", { className: "audience-checks", role: "group", "aria-label": label });
    if (!pairs.length) group.append(make("span", { className: "regulars-quiet", textContent: empty }));
    for (const [value, name] of pairs) {
      const id = fresh();
      const box = make("input", { type: "checkbox", id, checked: row.values.includes(value), disabled: !mayChange });
      box.addEventListener("change", () => {
        row.values = pairs.map(([one]) => one).filter((one) => (one === value ? box.checked : row.values.includes(one)));
        changed();
      });
      group.append(make("label", { htmlFor: id }, box, make("bdi", { textContent: name })));
    }
    return pairs.length > 20 ? [finder(group), group] : [group];
  };

  /* A chain of a hundred stores is looked through by name, not by eye. What is chosen stays in sight. */
  const finder = (group) => {
    group.classList.add("is-long");
    const input = make("input", { type: "search", className: "audience-input", placeholder: words.wordsFind, "aria-label": words.wordsFind, autocomplete: "off" });
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const label of group.querySelectorAll("label")) {
        label.hidden = !label.querySelector("input").checked && !label.textContent.toLowerCase().includes(wanted);
      }
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    return input;
  };
  const byName = new Intl.Collator(document.documentElement.lang || "en", { numeric: true });

  const number = (row, field, label, most, least) => {
    const input = make("input", {
      type: "number", min: String(least), max: String(most), value: row[field] ?? "", className: "audience-input is-days",
      inputMode: "numeric", disabled: !mayChange, "aria-label": label,
    });
    input.addEventListener("input", () => {
      row[field] = input.value === "" ? "" : Number(input.value);
      changed();
    });
    return make("span", { className: "audience-number" }, input, make("span", { textContent: words.wordsDays }));
  };

  const chips = (row, label = words.wordsValue, list = "") => {
    const box = make("div", { className: "audience-chips", role: "group", "aria-label": label });
    const input = make("input", {
      type: "text", placeholder: label, className: "audience-input",
      "aria-label": label, maxLength: 120, autocomplete: "off", ...(list ? { list } : {}),
    });
    const draw = () => {
      box.querySelectorAll(".audience-chip").forEach((chip) => chip.remove());
      for (const city of row.values) {
        const chip = make("span", { className: "audience-chip" }, make("bdi", { textContent: city }));
        if (mayChange) {
          const away = make("button", { type: "button", textContent: "×", "aria-label": words.wordsTakeAway.replace("%n", city) });
          away.addEventListener("click", () => {
            row.values = row.values.filter((one) => one !== city);
            draw();
            input.focus();
            changed();
          });
          chip.append(away);
        }
        box.insertBefore(chip, input.parentNode === box ? input : null);
      }
    };
    const take = () => {
      const city = input.value.trim();
      if (!city) return;
      if (!row.values.includes(city)) row.values.push(city);
      input.value = "";
      draw();
      changed();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === ",") {
        event.preventDefault();
        take();
      } else if (event.key === "Backspace" && !input.value && row.values.length) {
        row.values.pop();
        draw();
        changed();
      }
    });
    input.addEventListener("change", take);
    if (mayChange) box.append(input);
    draw();
    return [box];
  };

  const cities = (row) => chips(row, words.wordsCity, "audience-cities");

  /* A field of the company's own: nothing to add, boxes, words, or one number or day. */
  const own = (row) => {
    const { kind, options: listed, label } = choices.own[row.field] ?? { kind: "text", options: [], label: "" };
    if (row.asked === "known") return [];
    if (row.asked === "one_of") return listed.length ? checkboxes(row, listed, label, "") : chips(row);
    const input = make("input", {
      type: kind === "date" ? "date" : "text", inputMode: kind === "date" ? "" : "decimal", value: row.values[0] ?? "",
      className: "audience-input is-amount", dir: "ltr", disabled: !mayChange, "aria-label": label,
    });
    input.addEventListener("input", () => {
      const text = input.value.trim().replace(",", ".");
      row.values = text ? [text] : [];
      changed();
    });
    return [input];
  };

  /* Ever, or in the last so many days. */
  const period = (row) => {
    const days = number(row, "days", words.wordsDays, choices.days_max, 1);
    const chosen = make(
      "select", { className: "audience-select", disabled: !mayChange, "aria-label": words.wordsPeriod },
      make("option", { value: "ever", textContent: words.wordsEver, selected: row.days === null }),
      make("option", { value: "lately", textContent: words.wordsLately, selected: row.days !== null }),
    );
    days.hidden = row.days === null;
    chosen.addEventListener("change", () => {
      const isEver = chosen.value === "ever";
      days.hidden = isEver;
      row.days = isEver ? null : 90;
      days.querySelector("input").value = row.days ?? "";
      changed();
    });
    return [chosen, days];
  };

  const spent = (row) => {
    const amount = make("input", {
      type: "text", inputMode: "decimal", value: row.amount ?? "", className: "audience-input is-amount", dir: "ltr",
      disabled: !mayChange, "aria-label": words.wordsAmount,
    });
    amount.addEventListener("input", () => {
      row.amount = amount.value.trim().replace(",", ".");
      changed();
    });
    return [make("span", { className: "audience-number" }, amount, make("bdi", { textContent: choices.currency })), ...period(row)];
  };

  const channel = (row) => {
    const select = make(
      "select", { className: "audience-select", disabled: !mayChange, "aria-label": words.wordsChannels },
      ...choices.channels.map(([value, name]) => make("option", { value, textContent: name, selected: row.channel === value })),
    );
    select.addEventListener("change", () => {
      row.channel = select.value;
      changed();
    });
    return [select];
  };

  const fields = {
    city: cities,
    tier: (row) => checkboxes(row, choices.tiers, words.wordsTiers, words.wordsNoTiers),
    stage: (row) => checkboxes(row, choices.stages, words.wordsStages, ""),
    rfm: (row) => checkboxes(row, choices.fifths[row.score], words.wordsFifths, ""),
    language: (row) => checkboxes(row, choices.languages, words.wordsLanguages, ""),
    bought: (row) => [number(row, "days", words.wordsDays, choices.days_max, 1)],
    joined: (row) => [number(row, "days", words.wordsDays, choices.days_max, 1)],
    birthday: (row) => [number(row, "days", words.wordsDays, choices.birthday_days_max, 0)],
    shopped: (row) => [...checkboxes(row, choices.shops[row.by].toSorted((one, other) => byName.compare(one[1], other[1])), words.wordsValues, words.wordsNoShops), ...period(row)],
    spent,
    consent: channel,
    profile: (row) => (choices.profile[row.field].length ? checkboxes(row, choices.profile[row.field], words.wordsValues, "") : chips(row)),
    field: own,
    contact: (row) => checkboxes(row, choices.roles, words.wordsRoles, ""),
  };

  const draw = (focus) => {
    list.replaceChildren(
      ...rows.map((row, at) => {
        const kind = make(
          "select", { className: "audience-select is-kind", disabled: !mayChange, "aria-label": words.wordsKind },
          ...options(phraseOf(row)),
        );
        kind.addEventListener("change", () => {
          const next = rowOf(kind.value);
          const isSame = next.type === row.type && next.field === row.field && next.asked === row.asked && next.by === row.by;
          rows[at] = isSame ? { ...row, ...next } : { ...structuredClone(begin[next.type]), ...next };
          draw(at);
          changed();
        });
        const item = make("li", { className: "audience-row", "aria-label": words.wordsRow.replace("%n", String(at + 1)) }, kind);
        if (fields[row.type]) item.append(...fields[row.type](row));
        if (mayChange) {
          const away = make("button", { type: "button", className: "audience-remove", textContent: "×", title: words.wordsRemove, "aria-label": words.wordsRemove });
          away.addEventListener("click", () => {
            rows.splice(at, 1);
            draw();
            document.getElementById("audience-kind").focus();
            changed();
          });
          item.append(away);
        }
        item.append(make("p", { className: "regulars-down audience-problem", hidden: true }));
        return item;
      }),
    );
    if (focus !== undefined) list.children[focus]?.querySelector(".is-kind")?.focus();
  };

  const part = (name) => panel.querySelector(`[data-part="${name}"]`);
  const said = part("matching").textContent;
  const state = (text) => {
    part("state").textContent = text;
    part("state").hidden = !text;
  };
  const show = (answer) => {
    const problems = new Map((answer.problems ?? []).map((one) => [one.row, one.text]));
    [...list.children].forEach((item, at) => {
      const place = item.querySelector(".audience-problem");
      place.textContent = problems.get(at) ?? "";
      place.hidden = !problems.has(at);
    });
    panel.classList.remove("is-counting");
    if (answer.problems || answer.is_slow) {
      part("reachable").textContent = "—";
      for (const name of ["matching", "left-out", "sample"]) part(name).hidden = true;
      state(answer.is_slow ? panel.dataset.wordsSlow : panel.dataset.wordsMend);
      return;
    }
    state("");
    part("reachable").textContent = answer.says;
    part("matching").textContent = said.replace("%n", answer.matching);
    part("matching").hidden = !answer.left_out.length;
    part("left-out").hidden = !answer.left_out.length;
    part("left-out").querySelector("tbody").replaceChildren(
      ...answer.left_out.map((one) =>
        make("tr", {}, make("td", { textContent: one.words }), make("td", { className: "is-number", textContent: one.count }))),
    );
    part("sample").hidden = !answer.sample.length;
    part("sample").querySelector("tbody").replaceChildren(
      ...answer.sample.map((one) => {
        const name = make("bdi", { textContent: one.name });
        const who = one.url ? make("a", { href: one.url }, name) : name;
        return make("tr", {}, make("td", {}, who), make("td", {}, make("bdi", { textContent: one.city })), make("td", { textContent: one.language }));
      }),
    );
  };

  let waiting = 0;
  let asking = new AbortController();
  const ask = async () => {
    asking.abort();
    asking = new AbortController();
    panel.classList.add("is-counting");
    const body = new URLSearchParams({ criteria: JSON.stringify(rows) });
    try {
      const answer = await fetch(panel.dataset.url, {
        method: "POST", body, signal: asking.signal,
        headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") state(panel.dataset.wordsLost);
    }
  };
  const changed = () => {
    hidden.value = JSON.stringify(rows);
    window.clearTimeout(waiting);
    waiting = window.setTimeout(ask, 300);
  };

  document.getElementById("audience-cities").append(...choices.cities.map((city) => make("option", { value: city })));
  const adder = document.getElementById("audience-kind");
  if (adder) {
    adder.append(...options(""));
    /* Not on "change": with the keyboard that comes with every letter typed. */
    const add = () => {
      if (!adder.value) {
        adder.focus();
        return;
      }
      const row = rowOf(adder.value);
      rows.push({ ...structuredClone(begin[row.type]), ...row });
      adder.value = "";
      draw();
      const last = list.lastElementChild;
      (last.querySelector("input, select:not(.is-kind)") ?? last.querySelector("select")).focus();
      changed();
    };
    form.querySelector(".audience-add-button").addEventListener("click", add);
    adder.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      add();
    });
  }
  draw();
  hidden.value = JSON.stringify(rows);
  ask();
})();
