/** Which installed packages their registries' indexes know something newer of, or something bad. */
import semver from 'semver';
import type { PackageName } from '../bundle/name.ts';
import type { BundleCache, Installed } from '../cache/bundle-cache.ts';
import { MpakError } from '../errors.ts';
import { askIndex, originOf } from './origin.ts';
import { readStanding } from './standing.ts';

export interface Outdated {
  readonly name: PackageName;
  /** The version that runs. */
  readonly current: string;
  /** The latest that can be installed; null when every version is revoked. */
  readonly latest: string | null;
  /** Why its publisher took the current one back; null: it is not yanked. */
  readonly yanked: string | null;
  /** Why the current one is revoked; null: it is not. */
  readonly revoked: string | null;
  /** URL of the registry that it came from, and that says so. */
  readonly registry: string;
}

/** A package of which nothing can be said. */
export interface Unknown {
  readonly name: PackageName;
  /** The version that runs; null when its receipt is damaged. */
  readonly version: string | null;
  readonly error: MpakError;
}

/** @param registry only what came from there; undefined: each package by its own registry */
export function findOutdated(
  cache: BundleCache,
  registry?: string,
): { outdated: Outdated[]; unknown: Unknown[] } {
  const outdated: Outdated[] = [];
  const unknown: Unknown[] = [];
  for (const name of cache.packages()) {
    let current: Installed | undefined;
    try {
      current = cache.findCurrent(name);
      if (current === undefined) continue;
      if (registry !== undefined && current.receipt.registry !== registry) continue;
      const found = compare(cache, current);
      if (found !== undefined) outdated.push(found);
    } catch (error) {
      if (!(error instanceof MpakError)) throw error;
      unknown.push({ name, version: current?.version ?? null, error });
    }
  }
  return { outdated, unknown };
}

function compare(cache: BundleCache, { name, version: current, receipt }: Installed): Outdated | undefined {
  const { latest, revoked, yanked } = askIndex(originOf(cache, { receipt }), (db) =>
    readStanding(db, name, current),
  );
  const isNewer = latest !== null && semver.gt(latest, current);
  if (!isNewer && revoked === null && yanked === null) return undefined;
  return { name, current, latest, yanked, revoked, registry: receipt.registry };
}
