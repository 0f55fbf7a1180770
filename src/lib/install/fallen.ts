/** What is installed from a registry and should not be any more: revoked, or gone from it. Told by every sync. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PackageName } from '../bundle/name.ts';
import type { IndexStore } from '../sync/store.ts';

export interface Fallen {
  readonly name: PackageName;
  readonly version: string;
  /** Why it is revoked; null: the registry does not know the version any more. */
  readonly revoked: string | null;
  /** What could be installed in its place. */
  readonly latest: string | null;
}

/** @param home the home of mpak @throws MpakError INDEX_MISSING, INDEX_UNREADABLE, SCHEMA_NEWER */
export async function findFallen(home: string, store: IndexStore): Promise<Fallen[]> {
  // Whoever only searches has installed nothing, and need not load what knows of it.
  if (!existsSync(path.join(home, 'cache'))) return [];
  const { BundleCache } = await import('../cache/bundle-cache.ts');
  const installed = new BundleCache(home).list().filter(({ receipt }) => receipt.registry === store.label);
  if (installed.length === 0) return [];
  const [{ askIndex }, { readStanding }] = await Promise.all([
    import('./origin.ts'),
    import('./standing.ts'),
  ]);
  return askIndex(store, (db) =>
    installed.flatMap(({ name, version }) => {
      const { known, revoked, latest } = readStanding(db, name, version);
      return known && revoked === null ? [] : [{ name, version, revoked, latest }];
    }),
  );
}
