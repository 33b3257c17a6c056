/* What a till does to the world, exactly once: every deed has a key, is kept on the device before it is sent, and leaves it
   when the server has answered. What nobody answered is repeated under its key by sync.js. */

import { freshKey } from "./api.js";
import { now } from "./clock.js";
import { add, changes, conflicts, deeds, forgetAll, forgetConflicts, keepReceipt, settle, take, unsavedCount, update } from "./deeds.js";
import { beFact, canBeFact } from "./facts.js";
import { nextNumber } from "./numbers.js";
import { setting } from "./store.js";
import { ask, ownReceipt } from "./sending.js";
import { soon, sync, trouble } from "./sync.js";

export { changes, conflicts, forgetAll, forgetConflicts, nextNumber, sync, trouble, unsavedCount };

const TIMED = new Set(["sale", "return", "void", "enrol"]);
const OF_REGISTER = new Set(["sale", "return", "void"]);
/** How long a cashier may think about a sale without an answer before it is repeated by itself (ms). */
const DECISION = 120000;
/** What this page holds while its cashier decides: order -> {release, deed}. */
const held = new Map();

/** Do something: {kind: "sale"|"return"|"void"|"enrol"|"wishes"|"notice", path, body, receipt?, charged?, isFact?}.

    `receipt`: {lines, total, …} of a sale for later returns and for the list, without its member; `charged`: what the
    customer pays in money, as a text. `isFact`: there is no line, so do not try it: it goes with the next offline batch.
    The register, the moment and the cashier who is signed in are added to the body. Resolves to
    {state: "done", answer} | {state: "refused", problem, status}: nothing happened, the deed is gone |
    {state: "waiting", id}: nobody knows; after a sale the cashier says keepAsOffline(id), dropAndCancel(id) or retry(id);
    everything else is repeated by itself. Throws nothing for a full device: the deed stays in memory (unsavedCount). */
export async function submit({ kind, path, body, receipt = null, charged = null, isFact = false }) {
  const workplace = (await setting("workplace").catch(() => null)) ?? {};
  const at = now().toISOString();
  const register = body.register ?? workplace.register ?? "";
  const complete = {
    ...body,
    ...(TIMED.has(kind) ? { occurred_at: at } : {}),
    ...(OF_REGISTER.has(kind) && register ? { register } : {}),
    ...(TIMED.has(kind) && !body.cashier && workplace.cashier ? { cashier: workplace.cashier.number } : {}),
  };
  const number = body.receipt_number ?? "";
  const deed = { key: freshKey(), kind, path, body: complete, at, register, number, receipt, charged, state: "plain", tries: 0 };
  if (isFact && canBeFact(deed)) {
    await add(beFact(deed));
    await keepReceipt(ownReceipt(deed, null));
    soon();
    return { state: "waiting", id: deed.order };
  }
  const release = await take(deed.key);
  await add(deed);
  return await attempt(deed, release);
}

/** Ask again under the same key. */
export async function retry(id) {
  const mine = held.get(id);
  const deed = mine?.deed ?? (await deeds()).find((one) => one.order === id);
  if (!deed) return { state: "done", answer: null };
  letGo(id, { keepsLock: true });
  return await attempt(deed, mine?.release ?? (await take(deed.key)) ?? (() => {}));
}

/** Nobody answered, and the customer has paid and gone: the sale (or return) is a fact. {state: "waiting", id}, or
    {state: "done"} when it was answered meanwhile. */
export async function keepAsOffline(id, { charged = null } = {}) {
  const deed = await update(id, (one) => one.state === "plain" && canBeFact(one) && beFact(one, charged));
  if (deed) await keepReceipt(ownReceipt(deed, null));
  letGo(id);
  soon();
  return deed ? { state: "waiting", id } : { state: "done" };
}

/** The sale shall not be: what the server may have booked of it is voided, now or when it is there again. */
export async function dropAndCancel(id) {
  const mine = held.get(id);
  const cancelled = { occurred_at: now().toISOString() };
  const deed = await update(id, (one) => Object.assign(one, { state: "cancel", voidKey: freshKey(), cancelled }));
  letGo(id);
  soon();
  if (deed || !mine) return { state: deed ? "waiting" : "done", id };
  // Another tab had its answer before the cashier said no.
  const { number, register } = mine.deed;
  return await submit({ kind: "void", path: "/api/v1/sales/void", body: { sale: { receipt_number: number, register } } });
}

/** What waits, for the screen: [{id, kind, number, at, total, state}], the oldest first. Nobody's phone, name or card. */
export const waiting = async () =>
  (await deeds()).map(({ order, kind, number, at, receipt, state }) => ({ id: order, kind, number, at, total: receipt?.total ?? null, state }));

async function attempt(deed, release, isSecond = false) {
  const heard = await ask(deed);
  if (heard.state === "done") {
    await settle(deed, { receipt: ownReceipt(deed, heard.answer) });
    release?.();
    soon(); // the line is there: whatever else waits may go
    return heard;
  }
  if (heard.state === "refused" && heard.problem.code === "time_implausible" && !isSecond) {
    // The answer has just told us the time: a wrong clock keeps nobody from selling.
    const at = now().toISOString();
    const again = await update(deed.order, (one) => Object.assign(one, { key: freshKey(), at, body: { ...one.body, occurred_at: at } }));
    release?.();
    return await attempt(again, await take(again.key), true);
  }
  if (heard.state === "refused") {
    await settle(deed);
    release?.();
    return heard;
  }
  if (deed.kind === "sale" && release) {
    held.set(deed.order, { deed, release, timer: setTimeout(() => letGo(deed.order), DECISION) });
  } else {
    release?.();
  }
  soon();
  return { state: "waiting", id: deed.order, why: heard.why };
}

function letGo(id, { keepsLock = false } = {}) {
  const mine = held.get(id);
  if (!mine) return;
  clearTimeout(mine.timer);
  held.delete(id);
  if (!keepsLock) mine.release();
}
