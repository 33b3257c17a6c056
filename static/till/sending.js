/* One request for one deed, and what its answer means for it. */

import { call, Unreachable } from "./api.js";

/** Longer than a cashier's patience: nobody stands there while it syncs (ms). */
export const CALM = 30000;
/** Refusals that say nothing of the deed: the same key may be asked again. */
const NOT_NOW = new Set(["in_progress", "too_many_requests", "too_many_misses"]);

/** POST `body` under `key`: {state: "done", answer} | {state: "refused", problem, status} |
    {state: "none", why: "unreachable"|"signed_out"|"busy"|"too_big", status?}: nobody knows, or nothing was decided. */
export async function post(path, body, key, { patience } = {}) {
  let heard;
  try {
    heard = await call("POST", path, { body, key, ...(patience ? { patience } : {}) });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const status = Number(error.message) || null;
    return { state: "none", why: status === 413 ? "too_big" : "unreachable", status };
  }
  const { status, data } = heard;
  if (status >= 200 && status < 300) return { state: "done", answer: data };
  if (status === 401) return { state: "none", why: "signed_out" };
  if (status === 413) return { state: "none", why: "too_big", status };
  if (status === 429 || NOT_NOW.has(data?.code)) return { state: "none", why: "busy", status };
  // What is no problem of ours comes from something in between.
  return data?.code ? { state: "refused", problem: data, status } : { state: "none", why: "unreachable", status };
}

/** Send a plain deed. */
export const ask = (deed, options) => post(deed.path, deed.body, deed.key, options);

/** This till's own receipt of a sale, without its member: {number, register, at, sale, business_on, …what the screen gave};
    null for all else. `answer` is the server's, or null while there is none. */
export const ownReceipt = (deed, answer) =>
  deed.kind === "sale" && deed.receipt
    ? { ...deed.receipt, number: deed.number, register: deed.register, at: deed.at, sale: answer?.sale ?? null, business_on: answer?.business_on ?? null }
    : null;
