/* Receipt numbers that no other till, and no earlier life of this one, has given. */

import { setting, StorageBroken, transact } from "./store.js";

/** Letters and digits that nobody mistakes for each other on paper. */
const LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const PREFIX = 5;
let unsaved = null;

const freshPrefix = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(PREFIX)), (byte) => LETTERS[byte % LETTERS.length]).join("");

/** The next receipt number, such as "7KQ4M-12": a prefix made anew with each enrolment, and a count. Two tabs never get the
    same one; a device that can keep nothing counts under a prefix of this page's own. */
export async function nextNumber() {
  try {
    const terminal = (await setting("workplace"))?.terminal ?? null;
    return await transact(["settings"], "readwrite", async ({ settings }, ask) => {
      const known = await ask(settings.get("numbers"));
      const goesOn = known && (terminal === null || known.terminal === terminal);
      const numbers = goesOn ? known : { terminal, prefix: freshPrefix(), last: 0 };
      numbers.last += 1;
      await ask(settings.put(numbers, "numbers"));
      return `${numbers.prefix}-${numbers.last}`;
    });
  } catch (error) {
    if (!(error instanceof StorageBroken)) throw error;
    unsaved ??= { prefix: freshPrefix(), last: 0 };
    unsaved.last += 1;
    return `${unsaved.prefix}-${unsaved.last}`;
  }
}
