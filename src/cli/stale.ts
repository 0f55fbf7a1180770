/** Says that an index is old: search never asks the network, so only the user can do something about it. */
import type { IndexStore } from '../lib/sync/store.ts';
import { readTrust } from '../lib/sync/trust.ts';
import { age } from './format.ts';

const WARN_AFTER_MS = 24 * 3_600_000;

/** A line for stderr when the index was last synced more than 24 hours ago. */
export function staleness(store: IndexStore, now: number): string | undefined {
  const trust = readTrust(store.trustFile);
  if (trust === undefined) return undefined;
  const old = now - Date.parse(trust.synced_at);
  return old > WARN_AFTER_MS
    ? `The index is ${age(old)} old: \`mpak sync\` brings it up to date.`
    : undefined;
}
