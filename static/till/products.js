/* The goods: kept on the device for search and scanner, asked for again a page at a time, and only what has changed. */

import { call, Unreachable } from "./api.js";
import { all, keep, setting, transact } from "./store.js";

const PAGES = "products.pages"; // [{after, etag, next}]
let goods = [];
let byCode = new Map();

const folded = (text) => text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

function index(list) {
  goods = list.map((good) => ({ ...good, folded: folded(`${good.name} ${good.sku}`) }));
  byCode = new Map();
  for (const good of goods) for (const code of good.barcodes ?? []) byCode.set(code, good);
  for (const good of goods) byCode.set(good.sku, good); // a SKU goes before a barcode
}

/** Take what the device has; then ask for what has changed. False: it could not be asked, what we have stays. */
export async function loadProducts() {
  index(await all("products"));
  return refreshProducts();
}

/** Ask the server for the pages that are not as we have them. True when all of them were seen. */
export async function refreshProducts() {
  const known = new Map(((await setting(PAGES)) ?? []).map((page) => [page.after, page]));
  const had = await all("products");
  const pages = [];
  const found = [];
  let after = "0";
  let changed = false;
  try {
    while (after !== null) {
      const before = known.get(after);
      const headers = before ? { "If-None-Match": before.etag } : {};
      const answer = await call("GET", `/api/v1/products?after=${after}`, { headers });
      if (answer.status === 304) {
        pages.push(before);
        for (const good of had) if (good.page === after) found.push(good);
      } else if (answer.status === 200) {
        changed = true;
        pages.push({ after, etag: answer.etag, next: answer.data.next });
        for (const good of answer.data.products) found.push({ ...good, page: after });
      } else return false;
      after = pages.at(-1).next;
    }
  } catch (error) {
    if (error instanceof Unreachable) return false;
    throw error;
  }
  if (!changed && pages.length === known.size) return true;
  await transact(["products"], "readwrite", ({ products }) => {
    products.clear();
    for (const good of found) products.put(good);
  });
  await keep(PAGES, pages);
  index(found);
  return true;
}

/** The good with this SKU or barcode, or undefined. */
export const goodByCode = (code) => byCode.get(code.trim());

/** Goods of which every typed word is in the name or SKU; those that begin so come first. At most `most`. */
export function search(text, most = 8) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = goods.filter((good) => words.every((word) => good.folded.includes(word)));
  const rank = (good) => (good.sku === text ? 0 : good.folded.startsWith(words[0]) ? 1 : good.folded.includes(` ${words[0]}`) ? 2 : 3);
  return found.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name)).slice(0, most);
}
