/* What the device keeps, in IndexedDB: settings of the till, the queue of deeds not yet confirmed, this till's own receipts
   without their members, and the goods. A deed is durable before it is sent. */

const NAME = "regulars-till";
const VERSION = 1;
let opened = null;

/** The device keeps nothing (storage full, private window, damaged): nobody may rely on the queue now. */
export class StorageBroken extends Error {}

const promised = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new StorageBroken(String(request.error)));
  });

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const base = request.result;
      base.createObjectStore("settings"); // name -> value
      base.createObjectStore("queue", { keyPath: "order", autoIncrement: true }).createIndex("key", "key", { unique: true });
      base.createObjectStore("receipts", { keyPath: "number" }); // this till's own sales: lines only, for returns
      base.createObjectStore("products", { keyPath: "sku" });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(new StorageBroken(String(request.error)));
  });
  return opened;
}

/** Run `work(stores)` in one transaction over the named stores; resolves when it is committed to the disk. */
export async function transact(names, mode, work) {
  let base;
  try {
    base = await open();
  } catch (error) {
    opened = null;
    throw error;
  }
  const transaction = base.transaction(names, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(new StorageBroken(String(transaction.error)));
  });
  done.catch(() => {}); // awaited below, unless `work` fails first
  const result = await work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])), promised);
  await done;
  return result;
}

export const setting = (name) => transact(["settings"], "readonly", ({ settings }, ask) => ask(settings.get(name)));
export const keep = (name, value) => transact(["settings"], "readwrite", ({ settings }, ask) => ask(settings.put(value, name)));
export const forget = (name) => transact(["settings"], "readwrite", ({ settings }, ask) => ask(settings.delete(name)));
export const all = (name) => transact([name], "readonly", (stores, ask) => ask(stores[name].getAll()));
