/** What is on this machine of a registry: what `mpak registry list` says. Whatever is wrong with it is a part of that. */
import { readCrawlState } from '../crawl/state.ts';
import { MpakError } from '../errors.ts';
import { type IndexSource, sourceOf } from '../index/read-source.ts';
import { askIndex } from '../install/origin.ts';
import { fingerprint, keyId, type PublicKey } from '../log/key.ts';
import type { IndexStore } from './store.ts';
import { readTrust } from './trust.ts';

export interface Overview {
  /** What its index is made of; null before the first sync. */
  readonly kind: IndexSource | null;
  /** Whether a log that somebody signed says what is in it; null before the first sync. */
  readonly signed: boolean | null;
  /** Fingerprint of the key that signs; null when none is known. */
  readonly key: string | null;
  /** Packages that have a version which can be had; null without an index. */
  readonly packages: number | null;
  /** ISO 8601 UTC; null when it was never synced, or nothing says when. */
  readonly synced_at: string | null;
  /** Why its index cannot be read; null: it can, or there is none. */
  readonly problem: string | null;
}

const NOTHING: Overview = {
  kind: null,
  signed: null,
  key: null,
  packages: null,
  synced_at: null,
  problem: null,
};

export function overview(store: IndexStore): Overview {
  try {
    const trust = readTrust(store.trustFile);
    const known = {
      key: trust === undefined ? null : fingerprint(keyId(trust.keys.at(-1) as PublicKey)),
      synced_at: trust?.synced_at ?? null,
    };
    if (store.current() === undefined) return { ...NOTHING, ...known };
    return askIndex(store, (db) => {
      const kind = sourceOf(db);
      const packages = db.prepare('SELECT count(*) FROM packages WHERE latest_id IS NOT NULL').pluck().get();
      const synced_at = kind === 'signed' ? known.synced_at : readCrawlState(db).synced_at;
      return {
        kind,
        signed: kind === 'signed',
        key: known.key,
        packages: packages as number,
        synced_at,
        problem: null,
      };
    });
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    return { ...NOTHING, problem: error.message };
  }
}

/**
 * The first registry without a signature that comes before one with one, and that one: whoever answers for the first
 * decides what names mean that the other could prove.
 */
export function unsignedBeforeSigned<R extends { readonly signed: boolean | null }>(
  registries: readonly R[],
): readonly [unsigned: R, signed: R] | undefined {
  const unsigned = registries.findIndex(({ signed }) => signed === false);
  if (unsigned === -1) return undefined;
  const signed = registries.slice(unsigned + 1).find((registry) => registry.signed === true);
  return signed && [registries[unsigned] as R, signed];
}
