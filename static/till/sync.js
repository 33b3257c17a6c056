/* Sending what waits: in its order, one tab at a time, each deed under its key until the server has answered it. */

import { freshKey } from "./api.js";
import { now } from "./clock.js";
import { addUnsaved, alone, changes, deeds, forgetOldReceipts, settle, take, update } from "./deeds.js";
import { beFact, canBeFact } from "./facts.js";
import { CALM, ask, ownReceipt, post } from "./sending.js";
import { t } from "./dom.js";

const BATCH = 200;
const SOONEST = 1000;
const LATEST = 60000;
/** After so many answers of a broken server to one deed the others go first. */
const TRIES = 5;
/** A deed that is still there after so many turns of one run waits for the next: the device may be too full to forget it. */
const TURNS = 12;
/** Refused until somebody signs in. */
const NEEDS_CASHIER = new Set(["cashier_required", "cashier_other"]);

let size = BATCH;
let wait = SOONEST;
let timer = null;
let running = null;
let why = null;

/** Why nothing could be sent the last time: null, "unreachable", "signed_out", "busy" or "too_big". */
export const trouble = () => why;

/** Send all that waits; resolves when nothing is left that can be sent now. One run at a time over all tabs. */
export function sync() {
  running ??= alone("till-sync", run).finally(() => {
    running = null;
  });
  return running;
}

/** Sync in a moment, without waiting for it. */
export function soon(delay = 0) {
  clearTimeout(timer);
  timer = setTimeout(sync, delay);
}

async function run() {
  await addUnsaved();
  const skipped = new Set();
  const turns = new Map();
  let stopped = null;
  for (;;) {
    const left = (await deeds()).filter((deed) => !skipped.has(deed.order));
    if (!left.length) break;
    const [{ order, state }] = left;
    turns.set(order, (turns.get(order) ?? 0) + 1);
    const outcome = state === "fact" ? await upload(leading(left)) : await send(left[0]);
    if (outcome.skip || turns.get(order) >= TURNS) skipped.add(order);
    else if (outcome.why) {
      stopped = outcome.why;
      break;
    }
  }
  if (stopped !== why) {
    why = stopped;
    changes.dispatchEvent(new Event("change"));
  }
  wait = stopped ? Math.min(LATEST, wait * 2) : SOONEST;
  if (stopped) soon(wait);
  else if (skipped.size) soon(LATEST);
}

/** The facts before the next deed of another kind, as many as one batch takes. */
function leading(left) {
  const end = left.findIndex((deed) => deed.state !== "fact");
  return left.slice(0, Math.min(size, end === -1 ? left.length : end));
}

/** Upload facts: {} when they are answered, else why not. */
async function upload(batch) {
  for (const deed of batch) await update(deed.order, (one) => (one.tries += 1));
  const heard = await post("/api/v1/offline-batches", { receipts: batch.map((deed) => deed.fact) }, null, { patience: CALM });
  if (heard.state === "done") {
    size = Math.min(BATCH, size * 2);
    let isStuck = true;
    for (const [index, item] of heard.answer.receipts.entries()) isStuck = !(await takeAnswer(batch[index], item)) && isStuck;
    return isStuck ? { skip: true } : {};
  }
  // One receipt that is too much, or breaks the server, must not keep the others: fewer at a time until it stands alone.
  const isAlone = batch.length === 1;
  size = Math.max(1, size >> 1);
  if (heard.why === "too_big" && !isAlone) return {};
  if (isAlone && (heard.why === "too_big" || (heard.status && batch[0].tries >= TRIES))) return { skip: true };
  return { why: heard.why ?? "refused" };
}

/** What one receipt's answer means for its deed; whether anything came of it. */
async function takeAnswer(deed, item) {
  const codes = item.problems.map((problem) => problem.code);
  if (item.status === "rejected" && codes.includes("in_progress")) return false;
  if (item.status === "rejected" && deed.fact.member && item.fields?.member) {
    // A key that cannot be read is nobody's: the goods are sold all the same.
    await update(deed.order, (one) => delete one.fact.member);
    return true;
  }
  if (deed.state === "cancel") return true;
  const texts = item.problems.map(sentence);
  const conflict = texts.length
    ? { kind: deed.kind, number: deed.number, at: deed.at, texts, ...(item.status === "rejected" ? { lines: deed.fact.lines } : {}) }
    : null;
  await settle(deed, { receipt: ownReceipt(deed, { sale: item.sale }), conflict });
  return true;
}

/** A problem in words that name nobody: not even the end of a number stays on the device. */
function sentence({ code, text }) {
  if (code === "member_unknown") return t("conflict_member_unknown");
  if (code === "identifier_blocked") return t("conflict_blocked");
  return text;
}

/** Send a deed of its own: {} when it is done with, {skip} when others may go first, {why} when nothing goes. */
async function send(deed) {
  const release = await take(deed.key);
  if (!release) return { skip: true }; // another tab, or its cashier, has it in hand
  try {
    const fresh = await update(deed.order, (one) => (one.tries += 1));
    if (!fresh || fresh.state !== deed.state) return {};
    return fresh.state === "cancel" ? await cancel(fresh) : await repeat(fresh);
  } finally {
    release();
  }
}

async function repeat(deed) {
  const heard = await ask(deed, { patience: CALM });
  if (heard.state === "none") return noAnswer(heard, deed);
  if (heard.state === "done") {
    await settle(deed, { receipt: ownReceipt(deed, heard.answer) });
    return {};
  }
  const { code } = heard.problem;
  if (canBeFact(deed)) {
    // The goods have changed hands long ago; nothing was booked under this key, so the fact has one of its own.
    await update(deed.order, (one) => beFact(Object.assign(one, { key: freshKey() })));
    return {};
  }
  if (NEEDS_CASHIER.has(code)) return await withoutItsCashier(deed, code);
  if (code === "time_implausible" && deed.body.occurred_at) {
    await update(deed.order, (one) => {
      one.key = freshKey();
      delete one.body.occurred_at;
    });
    return {};
  }
  await settle(deed, { conflict: refusal(deed, heard.problem) });
  return {};
}

/** Whose shift it was is over: it goes under whoever is signed in, as soon as somebody is. */
async function withoutItsCashier(deed, code) {
  if (code === "cashier_required") return { skip: true };
  await update(deed.order, (one) => {
    one.key = freshKey();
    delete one.body.cashier;
  });
  return {};
}

/** Find out what was booked of a sale that shall not be, by sending it once more, and void that. */
async function cancel(deed) {
  let sale = { receipt_number: deed.number, ...(deed.register ? { register: deed.register } : {}) };
  const first = deed.fact
    ? await post("/api/v1/offline-batches", { receipts: [deed.fact] }, null, { patience: CALM })
    : await ask(deed, { patience: CALM });
  if (first.state === "none") return noAnswer(first, deed);
  const id = deed.fact ? first.answer?.receipts?.[0]?.sale : first.answer?.sale;
  if (id) sale = { id };
  const body = { sale, ...(deed.register ? { register: deed.register } : {}), ...deed.cancelled };
  const heard = await post("/api/v1/sales/void", body, deed.voidKey, { patience: CALM });
  if (heard.state === "none") return noAnswer(heard, deed);
  if (heard.state === "refused" && NEEDS_CASHIER.has(heard.problem.code)) return { skip: true };
  const isGone = heard.state === "done" || ["sale_not_found", "sale_voided"].includes(heard.problem.code);
  await settle(deed, { conflict: isGone ? null : { ...refusal(deed, heard.problem), kind: "void" } });
  return {};
}

function noAnswer(heard, deed) {
  return heard.status && heard.why !== "busy" && deed.tries >= TRIES ? { skip: true } : { why: heard.why };
}

/** A refusal for the list of conflicts. Sentences that are filled with somebody's name or key are told without it. */
function refusal(deed, problem) {
  const isKnown = problem.code === "member_exists" || problem.code === "identifier_taken";
  return { kind: deed.kind, number: deed.number, at: deed.at, texts: [isKnown ? t("conflict_member_exists") : problem.title] };
}

window.addEventListener("online", () => {
  wait = SOONEST;
  soon();
});
forgetOldReceipts(now()).catch(() => {}); // a broken storage tells it elsewhere
soon();
