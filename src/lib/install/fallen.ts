/**
 * What is installed from a registry and is not any more what it was: revoked, gone from it, or certified at a lower level
 * than when it was installed. Told by every sync.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { PackageName } from '../bundle/name.ts';
import type { IndexStore } from '../sync/store.ts';

export interface Fallen {
  readonly name: PackageName;
  readonly version: string;
  /** Why it is revoked; null when it is not. */
  readonly revoked: string | null;
  /** The registry knows the version. */
  readonly known: boolean;
  /** The level when it was installed and now; null when it is not lower now. */
  readonly level: { readonly before: number; readonly now: number } | null;
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
  const [{ askIndex }, { readStanding }, { artifactCertification }] = await Promise.all([
    import('./origin.ts'),
    import('./standing.ts'),
    import('../index/read-artifact-certification.ts'),
  ]);
  return askIndex(store, (db) =>
    installed.flatMap(({ name, version, receipt }) => {
      const { known, revoked, latest } = readStanding(db, name, version);
      const before = receipt.certification_level ?? 0;
      const now = artifactCertification(db, name, version, receipt.artifact.sha256)?.level ?? before;
      const level = now < before ? { before, now } : null;
      return known && revoked === null && level === null
        ? []
        : [{ name, version, revoked, known, level, latest }];
    }),
  );
}
