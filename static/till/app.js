/* The till page begins here. Screens come by their names; what they share is in frame.js and may be had from here too. */

export { bus, home, quiet, say, screen, sentence, show, state } from "./frame.js";

import { Unreachable } from "./api.js";
import { build, bus, home, kept, refresh, settle, show, state } from "./frame.js";
import { unsavedCount } from "./deeds.js";
import "./start.js";
import "./signin.js";
import "./settings.js";
import "./sell.js";
import "./enrol.js";
import "./wishes.js";
import "./memberqr.js";
import "./returns.js";
import "./recent.js";
import "./waiting.js";
import { stayCurrent } from "./worker.js";

/** The enrolment code of the address' fragment, taken out of the address at once: it must stay in no history. */
function codeOfAddress() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** Whether a reload would take nothing from anybody: no basket, nothing typed, nothing that is only in memory. */
const isIdle = () =>
  !state.isBusy && !unsavedCount() && !document.querySelector("dialog[open]") &&
  [...document.querySelectorAll("input, textarea")].every(({ value, defaultValue }) => value === defaultValue);

async function begin() {
  build();
  stayCurrent(isIdle).catch(() => {}); // without it the page needs a line to start, no more
  const code = codeOfAddress();
  const { workplace, wasAsked } = await kept();
  state.workplace = workplace;
  if (code) return show("start", { code });
  let status = 0;
  try {
    // Not asked on a device that never was a till: it would only be refused.
    if (workplace || wasAsked) status = await refresh();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error; // without a line we go on with what was kept
  }
  if (status !== 401 || !workplace) home(); // else we hear "revoked"
}

bus.addEventListener("revoked", async () => {
  await settle(null);
  show("start", { isRevoked: true });
});

begin();
