/* The time as the server tells it: an old tablet's clock may be years off, and a receipt's day must not be. */

let offset = Number(localStorage.getItem("till.offset") || 0);
/** Above this the cashier is told. */
export const TOLERATED = 2 * 60 * 1000;

/** Note what the server's Date header says; `sent` is when we asked (ms of our own clock). */
export function note(date, sent) {
  const theirs = Date.parse(date);
  if (Number.isNaN(theirs)) return;
  const ours = (sent + Date.now()) / 2;
  offset = Math.abs(theirs - ours) < 2000 ? 0 : theirs - ours;
  try {
    localStorage.setItem("till.offset", String(offset));
  } catch {
    // A full device: the next answer tells it again.
  }
}

/** Now, as the server would say. */
export const now = () => new Date(Date.now() + offset);

/** By how many minutes the device's clock is wrong; 0 when it is near enough. */
export const minutesOff = () => (Math.abs(offset) > TOLERATED ? Math.round(-offset / 60000) : 0);
