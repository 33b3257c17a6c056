/* Sending what waits: in its order, one tab at a time, each deed under its key until the server has answered it. */

import { freshKey } from "./api.js";
import { now } from "./clock.js";
import { addUnsaved, alone, changes, deeds, forgetOldReceipts, settle, take, update } from "./deeds.js";
import { beFact, canBeFact } from "./facts.js";
import { nextNumber } from "./numbers.js";
import { CALM, ask, ownReceipt, post } from "./sending.js";
import { t } from "./dom.js";

const BATCH = 200;
const SOONEST = 1000;
const LATEST = 60000;
/** After so many answers of a broken server to one deed the others go first. */
const TRIES = 5;
/** A deed that is still there after so many turns of one run waits for the next: the device may be too full to forget it. */
const TURNS = 12;
/** Refused until somebody signs in, or the office gives this till the right: that says nothing of the deed. */
const NOT_YET = new Set(["cashier_required", "forbidden"]);
/** What a void is told when the sale was never booked, or is voided already. */
const NOTHING_THERE = new Set(["sale_not_found", "sale_voided", "void_nothing"]);

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
  if (NOT_YET.has(code)) return { skip: true };
  if (code === "cashier_other") return await withoutItsCashier(deed);
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

/** Whose shift it was is over: it goes under whoever is signed in now. */
async function withoutItsCashier(deed) {
  await update(deed.order, (one) => {
    one.key = freshKey();
    delete one.body.cashier;
  });
  return {};
}

/** Void what was booked of a sale that shall not be. What that is we learn by sending it once more; then we remember it, so
    that every repeat of the void says the same. */
async function cancel(deed) {
  if (!deed.sale) {
    const isFact = Boolean(deed.fact);
    const heard = isFact ? await uploadOne(deed) : await ask(deed, { patience: CALM });
    if (heard.state === "none") return noAnswer(heard, deed);
    const id = isFact ? heard.answer?.receipts?.[0]?.sale : heard.answer?.sale;
    const named = { receipt_number: deed.number, ...(deed.register ? { register: deed.register } : {}) };
    if (!(await update(deed.order, (one) => (one.sale = id ? { id } : named)))) return {};
    deed.sale = id ? { id } : named;
  }
  const body = { sale: deed.sale, ...(deed.register ? { register: deed.register } : {}), ...deed.cancelled };
  const heard = await post("/api/v1/sales/void", body, deed.voidKey, { patience: CALM });
  if (heard.state === "none") return noAnswer(heard, deed);
  if (heard.state === "refused" && NOT_YET.has(heard.problem.code)) return { skip: true };
  if (heard.state === "refused" && heard.problem.code === "void_too_late") return await takeBack(deed);
  const isGone = heard.state === "done" || NOTHING_THERE.has(heard.problem.code);
  await settle(deed, { conflict: isGone ? null : { ...refusal(deed, heard.problem), kind: "void" } });
  return {};
}

/** A sale is voided on its own day only; afterwards all its goods come back instead. */
async function takeBack(deed) {
  const number = await nextNumber();
  const lines = (deed.fact ?? deed.body).lines.map(({ quantity }, index) => ({ line: index + 1, quantity }));
  const body = { sale: deed.sale, lines, receipt_number: number, ...(deed.register ? { register: deed.register } : {}), ...deed.cancelled };
  const path = "/api/v1/returns";
  await update(deed.order, (one) => Object.assign(one, { kind: "return", state: "plain", key: freshKey(), path, body, number, receipt: null, fact: null }));
  return {};
}

const uploadOne = (deed) => post("/api/v1/offline-batches", { receipts: [deed.fact] }, null, { patience: CALM });

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
