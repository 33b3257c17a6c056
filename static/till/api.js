/* Asking the server. An answer is an answer, whatever its status; what is none is Unreachable, and may be asked again. */

import { note } from "./clock.js";
import { language } from "./dom.js";

export const VERSION = "regulars-till/1";
/** How long a cashier waits before the sale is kept here instead (ms). */
export const PATIENCE = 6000;
/** Answers of something in between us and the server, or of a server that is going down: nothing is known of the deed. */
const NO_ANSWER = new Set([408, 500, 502, 503, 504]);

/** Tells of every call: "answered", "silent" (none came), "unknown" (the server knows this till no more). */
export const line = new EventTarget();
const tell = (name) => line.dispatchEvent(new Event(name));

/** No answer came: the server may have done it or not. */
export class Unreachable extends Error {}

/** A fresh Idempotency-Key: one a deed, the same for every repeat of it. Also without https, where randomUUID is missing. */
export const freshKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Ask. {status, data} for every answer of the server's own; throws Unreachable for none within `patience`. */
export async function call(method, path, { body, key, patience = PATIENCE, headers = {} } = {}) {
  const sent = Date.now();
  let answer;
  let data;
  try {
    answer = await fetch(path, {
      method,
      headers: {
        Accept: "application/json",
        "Accept-Language": language,
        "X-Till-Version": VERSION,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(key ? { "Idempotency-Key": key } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(patience),
    });
    data = answer.status === 204 || answer.status === 304 ? null : await answer.json();
  } catch (error) {
    tell("silent");
    // The page of a proxy, or of a server that broke, is no answer; but its status says what became of the request.
    throw new Unreachable(String(error instanceof SyntaxError ? answer.status : error));
  }
  if (answer.headers.get("Date")) note(answer.headers.get("Date"), sent);
  if (NO_ANSWER.has(answer.status)) {
    tell("silent");
    throw new Unreachable(String(answer.status));
  }
  tell("answered");
  if (answer.status === 401) tell("unknown");
  return { status: answer.status, data, etag: answer.headers.get("ETag") };
}
