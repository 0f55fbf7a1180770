/** Says that an index is old: search never asks the network, so only the user can do something about it. */
import { readCrawlState } from '../lib/crawl/state.ts';
import { sourceOf } from '../lib/index/read-source.ts';
import type { IndexStore } from '../lib/sync/store.ts';
import { readTrust } from '../lib/sync/trust.ts';
import { age } from './format.ts';

const WARN_AFTER_MS = 24 * 3_600_000;

/** A line for stderr when the index was last synced more than 24 hours ago. */
export function staleness(store: IndexStore, now: number): string | undefined {
  const syncedAt = readTrust(store.trustFile)?.synced_at ?? crawledAt(store);
  if (syncedAt === undefined) return undefined;
  if (syncedAt === null) return 'The index is not complete: `mpak sync` goes on where it was cut off.';
  const old = now - Date.parse(syncedAt);
  return old > WARN_AFTER_MS
    ? `The index is ${age(old)} old: \`mpak sync\` brings it up to date.`
    : undefined;
}

/** Null: the first crawl is not finished; undefined: there is no index. */
function crawledAt(store: IndexStore): string | null | undefined {
  if (store.current() === undefined) return undefined;
  const db = store.open();
  try {
    return sourceOf(db) === 'signed' ? undefined : readCrawlState(db).synced_at;
  } finally {
    db.close();
  }
}
