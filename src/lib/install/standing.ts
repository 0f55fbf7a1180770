/** How an installed version stands by the local index: asked before every run, so it is little. */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { sourceOf } from '../index/read-source.ts';
import { type Deprecation, deprecationOf, deprecationsOf } from '../index/read-status.ts';
import type { IndexStore } from '../sync/store.ts';
import { askIndex } from './origin.ts';

export interface Standing {
  /** The index knows this version; a crawled one, the package. */
  readonly known: boolean;
  /** Why it is revoked; null: it is not, or the index does not know it. */
  readonly revoked: string | null;
  /** Why its publisher took it back: it runs all the same. Null: it is not yanked. */
  readonly yanked: string | null;
  /** The package's latest version; null when the index has none. */
  readonly latest: string | null;
  readonly deprecated: Pick<Deprecation, 'message' | 'successor'> | null;
}

/**
 * @param store of the registry that it came from: origin.ts
 * @returns undefined without an index: what is installed runs on machines that never sync
 * @throws MpakError INDEX_UNREADABLE, SCHEMA_NEWER: an index that cannot be read may know that it is revoked
 */
export function standingOf(store: IndexStore, name: string, version: string): Standing | undefined {
  if (store.current() === undefined) return undefined;
  return askIndex(store, (db) => readStanding(db, name, version));
}

export function readStanding(db: Database.Database, name: string, version: string): Standing {
  const row = db
    .prepare<[string, string], Pick<Standing, 'latest' | 'revoked' | 'yanked'> & { id: number | null }>(
      `SELECT p.latest_version AS latest, v.revoked, v.yanked, v.id
       FROM packages p LEFT JOIN versions v ON v.package_id = p.id AND v.version = ?
       WHERE p.name = ?`,
    )
    .get(version, name);
  const deprecated = deprecationOf(deprecationsOf(db, name), version) ?? null;
  // A crawled index knows all packages, and only the versions that somebody asked for.
  const known = typeof row?.id === 'number' || (row !== undefined && sourceOf(db) !== 'signed');
  const { revoked = null, yanked = null, latest = null } = row ?? {};
  return { known, revoked, yanked, latest, deprecated };
}

/** @throws MpakError REVOKED when the standing says so */
export function refuseRevoked(
  standing: Pick<Standing, 'revoked' | 'latest'> | undefined,
  name: string,
  version: string,
): void {
  if (!standing?.revoked) return;
  throw new MpakError(
    'REVOKED',
    `${name} ${version} is revoked: ${standing.revoked}. It is neither installed nor run.`,
    {
      hint:
        standing.latest === null
          ? `Every version of it is. Take it off this machine: \`mpak bundle remove ${name}\`.`
          : `Install ${standing.latest}: \`mpak bundle install ${name}\`.`,
    },
  );
}
