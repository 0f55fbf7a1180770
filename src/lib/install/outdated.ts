/** Which installed packages the index knows something newer of, or something bad. */
import semver from 'semver';
import type { PackageName } from '../bundle/name.ts';
import type { BundleCache } from '../cache/bundle-cache.ts';
import type { IndexStore } from '../sync/store.ts';
import { readStanding } from './standing.ts';

export interface Outdated {
  readonly name: PackageName;
  /** The version that runs. */
  readonly current: string;
  /** The latest that can be installed; null when every version is revoked. */
  readonly latest: string | null;
  /** Why the current one is revoked; null: it is not. */
  readonly revoked: string | null;
}

/** @throws MpakError INDEX_MISSING */
export function findOutdated(cache: BundleCache, store: IndexStore): Outdated[] {
  const names = new Set(cache.list().map((installed) => installed.name));
  const db = store.open();
  try {
    return [...names].flatMap((name) => {
      const current = cache.findCurrent(name)?.version;
      if (current === undefined) return [];
      const { latest, revoked } = readStanding(db, name, current);
      const isNewer = latest !== null && semver.gt(latest, current);
      return isNewer || revoked !== null ? [{ name, current, latest, revoked }] : [];
    });
  } finally {
    db.close();
  }
}
