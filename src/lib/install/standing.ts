/** How an installed version stands by the local index: asked before every run, so it is little. */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { covering, type Deprecation, deprecationsOf } from '../index/read-status.ts';
import type { IndexStore } from '../sync/store.ts';

export interface Standing {
  /** Why it is revoked; null: it is not, or the index does not know it. */
  readonly revoked: string | null;
  /** The package's latest version; null when the index has none. */
  readonly latest: string | null;
  readonly deprecated: Pick<Deprecation, 'message' | 'successor'> | null;
}

/** @returns undefined without an index: what is installed runs on machines that never sync */
export function standingOf(store: IndexStore, name: string, version: string): Standing | undefined {
  if (store.current() === undefined) return undefined;
  const db = store.open();
  try {
    return readStanding(db, name, version);
  } finally {
    db.close();
  }
}

export function readStanding(db: Database.Database, name: string, version: string): Standing {
  const row = db
    .prepare<[string, string], Pick<Standing, 'latest' | 'revoked'>>(
      `SELECT p.latest_version AS latest, v.revoked
       FROM packages p LEFT JOIN versions v ON v.package_id = p.id AND v.version = ?
       WHERE p.name = ?`,
    )
    .get(version, name);
  const deprecated = covering(deprecationsOf(db, name), version) ?? null;
  return { revoked: row?.revoked ?? null, latest: row?.latest ?? null, deprecated };
}

/** @throws MpakError REVOKED when the standing says so */
export function refuseRevoked(
  standing: Pick<Standing, 'revoked' | 'latest'> | undefined,
  name: string,
  version: string,
): void {
  if (!standing?.revoked) return;
  throw new MpakError('REVOKED', `${name} ${version} is revoked: ${standing.revoked}. It is not run.`, {
    hint:
      standing.latest === null
        ? `Every version of it is. Take it off this machine: \`mpak bundle remove ${name}\`.`
        : `Install ${standing.latest}: \`mpak bundle install ${name}\`.`,
  });
}
