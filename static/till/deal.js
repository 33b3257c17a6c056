/* The sale at hand: who buys what, what the server says of it, and booking it. It outlives a change of screen. */

import { call, freshKey, Unreachable } from "./api.js";
import { asked, decimal, total } from "./basket.js";
import { now } from "./clock.js";
import { state } from "./frame.js";
import { dropAndCancel, keepAsOffline, nextNumber, retry, submit } from "./queue.js";
import { keep, setting } from "./store.js";

const SUMS = "sell.sums"; // what the last sales came to, to know a sum that is not one
const SUMS_KEPT = 20;
/** A quote is asked for when nothing has changed for so long (ms). */
const STILL = 150;
const EMPTY = {
  member: null, // the key as typed, {any}
  found: null, // the answer to look-up
  lines: [],
  coupons: [],
  rewards: [],
  redeem: 0n, // points as payment, in the programme's smallest unit
  quote: null,
  problem: null, // why there is no quote: the server's refusal
  number: null, // of the receipt, once somebody tried to sell
  proof: {}, // {pin} or {code} of the member, after step_up_required
  unknown: null, // what `book` resolved to when no answer came, until the cashier decides
};
export const deal = { ...EMPTY };
/** "found" (the member, or that there is none), "quote". */
export const deals = new EventTarget();
const tell = (name, detail) => deals.dispatchEvent(new CustomEvent(name, { detail }));

let turn = 0; // quotes and look-ups of an older turn are stale
let timer = 0;
let looking = Promise.resolve();
let booking = null;

/** Change the sale; what the server said of it before no longer holds. */
export function change(more) {
  Object.assign(deal, more, { quote: null, problem: null });
  state.isBusy = deal.lines.length > 0 || deal.member !== null;
  turn += 1;
  clearTimeout(timer);
  timer = setTimeout(ask, STILL, turn);
}

/** The next customer. */
export const renew = () => change(EMPTY);

/** Points in the programme's smallest unit as the API's text. */
export const pointsText = (value) => decimal(value, state.workplace.program?.point_decimals ?? 0);

function body() {
  return {
    ...(deal.member ? { member: deal.member } : {}),
    lines: asked(deal.lines, state.workplace.currency_exponent),
    ...(deal.redeem ? { redeem_points: pointsText(deal.redeem) } : {}),
    ...(deal.rewards.length ? { rewards: deal.rewards } : {}),
    ...(deal.coupons.length ? { coupons: deal.coupons } : {}),
  };
}

async function ask(of) {
  if (!deal.lines.length || !state.isOnline) return tell("quote");
  try {
    const { status, data } = await call("POST", "/api/v1/quotes", { body: body() });
    if (of !== turn) return;
    if (status === 200) deal.quote = data;
    else deal.problem = data;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (of !== turn) return;
  }
  tell("quote");
}

/** Ask anew: the line is back, or the quote is old. */
export function again() {
  change({});
  if (deal.member && !deal.found) name(deal.member.any);
}

/**
 * Name the member by what was typed or scanned. Without a line the key stays as it is and goes with the sale; if the server
 * refuses it, nobody is named and "found" tells the refusal.
 */
export function name(any) {
  const coupons = deal.member ? [] : deal.coupons; // what was typed before anybody was named is theirs
  change({ member: { any }, found: null, coupons, rewards: [], redeem: 0n, proof: {} });
  looking = lookUp(deal.member);
  return looking;
}

async function lookUp(member) {
  let refused = null;
  if (state.isOnline) {
    try {
      const { status, data } = await call("POST", "/api/v1/lookup", { body: member });
      if (deal.member !== member) return null;
      if (status === 200) deal.found = data;
      else {
        refused = { problem: data, any: member.any };
        change({ member: null });
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
  }
  if (deal.member === member || refused) tell("found", refused);
  return refused;
}

/** No member after all; the basket stays. */
export const nameNobody = () => change({ member: null, found: null, coupons: [], rewards: [], redeem: 0n, proof: {} });

/** What the last sales at this till came to, in the currency's smallest unit. */
export const pastSums = async () => (await setting(SUMS).catch(() => null)) ?? [];

async function noteSum(minor) {
  const sums = await pastSums();
  await keep(SUMS, [...sums, String(minor)].slice(-SUMS_KEPT)).catch(() => {}); // only a warning depends on it
}

/** Whether a sale is being sent, from this screen or from one that was left meanwhile. */
export const isBooking = () => booking !== null;

/**
 * Book the sale; one at a time, whoever asks. Resolves {state: "done", answer, sold}, {state: "refused", problem},
 * {state: "nobody", refused} (the member that was named is none), or {state: "waiting", id, sold, isKept}: no answer; isKept:
 * it was sold without a line and is sent later.
 */
export function book() {
  booking ??= send().finally(() => (booking = null));
  return booking;
}

async function send() {
  const wasNamed = deal.member !== null;
  const refused = await looking;
  if (wasNamed && refused && !deal.member) return { state: "nobody", refused };
  const isFact = !state.isOnline;
  const exponent = state.workplace.currency_exponent;
  const plain = decimal(total(deal.lines), exponent);
  deal.number ??= await nextNumber();
  const sold = { number: deal.number, at: now(), lines: deal.lines, quote: isFact ? null : deal.quote };
  const { redeem_points: _points, rewards: _rewards, coupons: _coupons, ...goods } = body();
  const result = await submit({
    kind: "sale",
    path: "/api/v1/sales",
    // Without a line nobody confirms that there are points, rewards or coupons: what they bought is a fact, not they.
    body: { ...(isFact ? goods : { ...body(), ...deal.proof }), receipt_number: deal.number, ...cashier() },
    receipt: { lines: asked(deal.lines, exponent).map((line, at) => ({ ...line, name: deal.lines[at].name })), total: plain },
    charged: isFact ? plain : (deal.quote?.to_pay ?? plain),
    isFact,
  });
  return ended(result, sold, isFact);
}

/** No answer came: ask again under the same key. Resolves as `book` does. */
export const askAgain = async ({ id, sold }) => ended(await retry(id), sold, false);

async function ended(result, sold, isFact) {
  if (result.state === "refused") return result;
  const all = { ...result, sold, isKept: isFact };
  if (result.state === "done" || isFact) await sell(sold);
  else deal.unknown = all;
  return all;
}

/** It is sold: the basket is empty again. */
async function sell(sold) {
  renew();
  await noteSum(total(sold.lines));
}

const cashier = () => (state.workplace.cashier ? { cashier: state.workplace.cashier.number } : {});

/** No answer came, and it was sold: it is sent as it was. */
export async function keepSold({ id, sold }) {
  await keepAsOffline(id);
  await sell(sold);
}

/** No answer came, and it shall not be: what was booked of it is cancelled; the basket stays, under a new number. */
export async function takeBack({ id }) {
  await dropAndCancel(id);
  change({ number: null, unknown: null });
}

/** Tick a notice off as said. */
export function said(notice) {
  deal.found = { ...deal.found, notices: deal.found.notices.filter((one) => one !== notice) };
  return submit({ kind: "notice", path: "/api/v1/notices/done", body: { member: deal.member, notice: notice.id, ...cashier() } });
}

/** Have a code sent to the member that allows to spend these points. The refusal, or null. Throws Unreachable. */
export async function sendCode() {
  const { status, data } = await call("POST", "/api/v1/spending-codes", {
    body: { member: deal.member, redeem_points: pointsText(deal.redeem) },
    key: freshKey(),
  });
  return status < 300 ? null : data;
}
