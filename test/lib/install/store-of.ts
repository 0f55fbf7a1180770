/** A local index on the disk, as a sync leaves it. */
import { append } from '../../../src/lib/index/append.ts';
import { openIndex } from '../../../src/lib/index/open.ts';
import { type Entry, encodeEntry } from '../../../src/lib/log/entry.ts';
import { IndexStore } from '../../../src/lib/sync/store.ts';

export const REGISTRY = 'https://registry.example.com';

/** @param home of mpak */
export function storeOf(home: string, entries: readonly Entry[], registry = REGISTRY): IndexStore {
  const store = new IndexStore(home, new URL(registry));
  store.create();
  const file = store.newIndexFile();
  const db = openIndex(file);
  db.transaction(() => append(db, entries.map(encodeEntry), { keepLines: false }))();
  db.close();
  store.switchTo(file);
  return store;
}
