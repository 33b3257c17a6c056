/* The deeds that the server has not confirmed: kept on the disk before anything is sent, gone as soon as it has answered.

   A deed: {order, key, kind, path, body, at, register, number, receipt, charged, state, tries}. `state` is
   "plain" (a request of its own, repeated under the same key), "fact" (something that happened: it goes with the next
   offline batch as `fact`) or "cancel" (send it, so that we know, and void it). `receipt` has lines and sums, nobody's name. */

import { all, StorageBroken, transact } from "./store.js";

/** "change": deeds came or went, in this tab or in another. */
export const changes = new EventTarget();
const KEPT_CONFLICTS = 200;
const RECEIPTS_DAYS = 60;
/** Orders of deeds that a full device could not keep: after all others, and only as long as this page lives. */
let unsavedOrder = 1e15 + Date.now();
const unsaved = new Map();
const MOMENT = 50; // ms
let telling = null;
const others = "BroadcastChannel" in window ? new BroadcastChannel("till-queue") : null;
if (others) others.onmessage = () => changes.dispatchEvent(new Event("change"));

/** Tell it in a moment, once for all that happens until then: a batch changes hundreds of deeds. */
export function changed() {
  telling ??= setTimeout(() => {
    telling = null;
    changes.dispatchEvent(new Event("change"));
    others?.postMessage("change");
  }, MOMENT);
}

/** How many deeds are only in this page's memory, because the device is full. Nobody may close the page then. */
export const unsavedCount = () => unsaved.size;

const save = (deed) => transact(["queue"], "readwrite", ({ queue }, ask) => ask(queue.add(deed)));

/** Keep a deed; returns its order. On a full device it stays in memory. */
export async function add(deed) {
  try {
    deed.order = await save(deed);
  } catch (error) {
    if (!(error instanceof StorageBroken)) throw error;
    deed.order = unsavedOrder++;
    unsaved.set(deed.order, deed);
  }
  changed();
  return deed.order;
}

/** Keep what a full device could not keep, if there is room again. */
export async function addUnsaved() {
  for (const [order, deed] of unsaved) {
    try {
      await save(deed);
    } catch (error) {
      if (error instanceof StorageBroken) return;
      throw error;
    }
    unsaved.delete(order);
    changed();
  }
}

/** All deeds, the oldest first. */
export async function deeds() {
  const saved = await all("queue").catch((error) => {
    if (error instanceof StorageBroken) return [];
    throw error;
  });
  return [...saved, ...unsaved.values()];
}

/** Change a deed by `change(deed)`; returns it, or undefined when it is there no more. */
export async function update(order, change) {
  const held = unsaved.get(order);
  if (held) {
    change(held);
    changed();
    return held;
  }
  const found = await transact(["queue"], "readwrite", async ({ queue }, ask) => {
    const deed = await ask(queue.get(order));
    if (!deed) return undefined;
    change(deed);
    await ask(queue.put(deed));
    return deed;
  });
  changed();
  return found;
}

/** The deed is answered: it leaves the device. `receipt` (this till's own, without its member) and `conflict`
    ({kind, number, at, texts, lines?}) stay. Does nothing when another tab was faster; returns whether we did it. */
export async function settle(deed, { receipt = null, conflict = null } = {}) {
  const wasUnsaved = unsaved.delete(deed.order);
  const note = () => transact(["queue", "receipts", "settings"], "readwrite", async ({ queue, receipts, settings }, ask) => {
    if (!wasUnsaved) {
      if (!(await ask(queue.get(deed.order)))) return false;
      await ask(queue.delete(deed.order));
    }
    if (receipt) await ask(receipts.put(receipt));
    if (conflict) {
      const kept = (await ask(settings.get("conflicts"))) ?? [];
      await ask(settings.put([...kept, conflict].slice(-KEPT_CONFLICTS), "conflicts"));
    }
    return true;
  });
  const done = await note().catch(async (error) => {
    if (!(error instanceof StorageBroken)) throw error;
    if (wasUnsaved) return true;
    // Too full to note more: the deed goes all the same. If not even that works, its key keeps a repeat from counting.
    receipt = conflict = null;
    return await note().catch(() => false);
  });
  changed();
  return done;
}

/** Note a receipt that is not answered yet, so that its goods can come back without a line. */
export async function keepReceipt(receipt) {
  if (!receipt) return; // of sales only
  await transact(["receipts"], "readwrite", ({ receipts }, ask) => ask(receipts.put(receipt))).catch((error) => {
    if (!(error instanceof StorageBroken)) throw error;
  });
}

/** What the server wanted somebody to look at: [{kind, number, at, texts, lines?}], the oldest first. */
export const conflicts = () =>
  transact(["settings"], "readonly", ({ settings }, ask) => ask(settings.get("conflicts"))).then((kept) => kept ?? []);

/** Somebody has read them. */
export async function forgetConflicts() {
  await transact(["settings"], "readwrite", ({ settings }, ask) => ask(settings.delete("conflicts")));
  changed();
}

/** This device is no till any more: forget all it kept, its receipts, numbers and goods. What still waits stays, and all with it:
    it is sent once the device is a till again. */
export const forgetAll = () =>
  transact(["queue", "receipts", "products", "settings"], "readwrite", async ({ queue, ...others }, ask) => {
    if (unsaved.size || (await ask(queue.count()))) return;
    for (const store of Object.values(others)) await ask(store.clear());
  }).then(changed);

/** Forget own receipts that are too old for a return; `now` is a Date. */
export async function forgetOldReceipts(now) {
  const since = new Date(now.getTime() - RECEIPTS_DAYS * 86400000).toISOString();
  await transact(["receipts"], "readwrite", async ({ receipts }, ask) => {
    for (const receipt of await ask(receipts.getAll())) if (receipt.at < since) await ask(receipts.delete(receipt.number));
  });
}

/** Run `work(isMine)` alone among all tabs. `ifFree`: do not wait; `isMine` is false where somebody else has it. */
export function alone(name, work, { ifFree = false } = {}) {
  if (!navigator.locks) return work(true); // no https: the server's keys are the guard then
  return navigator.locks.request(name, { ifAvailable: ifFree }, (lock) => work(lock !== null));
}

/** Take a deed for ourselves; resolves to a function that lets it go, or to null when another has it. */
export function take(key, { ifFree = true } = {}) {
  return new Promise((resolve, reject) => {
    alone(
      `till-deed-${key}`,
      (isMine) => (isMine ? new Promise((release) => resolve(release)) : resolve(null)),
      { ifFree },
    ).catch?.(reject);
  });
}
