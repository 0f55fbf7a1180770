/**
 * What is said of an index beforehand: that it is old, for search never asks the network, and only the user can do something
 * about it; and that nobody signed it.
 */
import type Database from 'better-sqlite3';
import { readCrawlState } from '../lib/crawl/state.ts';
import { sourceOf } from '../lib/index/read-source.ts';
import type { IndexStore } from '../lib/sync/store.ts';
import { lastAsked } from '../lib/sync/trust.ts';
import { age } from './format.ts';

const WARN_AFTER_MS = 24 * 3_600_000;

/**
 * A line for stderr when an index was last synced more than 24 hours ago.
 * @param db the index of that store
 */
export function staleness(db: Database.Database, store: IndexStore, now: number): string | undefined {
  const syncedAt = lastAsked(store.trustFile) ?? crawledAt(db);
  if (syncedAt === undefined) return undefined;
  if (syncedAt === null) return 'The index is not complete: `mpak sync` goes on where it was cut off.';
  const old = now - Date.parse(syncedAt);
  return old > WARN_AFTER_MS
    ? `The index is ${age(old)} old: \`mpak sync\` brings it up to date.`
    : undefined;
}

/** Null: the first crawl is not finished; undefined: it was not crawled. */
function crawledAt(db: Database.Database): string | null | undefined {
  return sourceOf(db) === 'signed' ? undefined : readCrawlState(db).synced_at;
}

/** A line for stderr where nobody signed what indexes say. @param names of their registries, one at least */
export function unsignedNote(names: readonly string[]): string {
  const what = names.length === 1 ? 'The index of' : 'The indexes of';
  const is = names.length === 1 ? 'is unsigned' : 'are unsigned';
  return `${what} ${names.join(' and ')} ${is}: nothing proves that what is said there is what was published.`;
}
