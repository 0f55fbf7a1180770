/** Whether two indexes mean the same by the name of a package: the same bytes for what both of them have. */
import type Database from 'better-sqlite3';
import { sourceOf } from './read-source.ts';

/**
 * `same`: every artifact that both have has one digest. `other`: one has two, or two signed indexes have no artifact in
 * common. `unknown`: one of them does not say what all of its artifacts are, and they have none in common.
 */
export type Sameness = 'same' | 'other' | 'unknown';

/** Whether an index has the package, be it that every version of it is revoked. @param name lower case */
export function hasPackage(db: Database.Database, name: string): boolean {
  return db.prepare('SELECT 1 FROM packages WHERE name = ?').get(name) !== undefined;
}

/** SHA-256 by version and platform. */
function digestsOf(db: Database.Database, name: string): Map<string, string> {
  const rows = db
    .prepare<[string], [version: string, os: string, arch: string, sha256: string]>(
      `SELECT v.version, a.os, a.arch, a.sha256
       FROM packages p JOIN versions v ON v.package_id = p.id JOIN artifacts a ON a.version_id = v.id
       WHERE p.name = ?`,
    )
    .raw()
    .all(name);
  return new Map(rows.map(([version, os, arch, sha256]) => [`${version} ${os}-${arch}`, sha256]));
}

export function compareContent(one: Database.Database, other: Database.Database, name: string): Sameness {
  const mine = digestsOf(one, name);
  const theirs = digestsOf(other, name);
  const shared = [...mine].filter(([artifact]) => theirs.has(artifact));
  if (shared.length > 0)
    return shared.every(([artifact, sha256]) => theirs.get(artifact) === sha256) ? 'same' : 'other';
  // What was crawled has the artifacts that were asked for, and others may be there.
  const isWhole = sourceOf(one) === 'signed' && sourceOf(other) === 'signed';
  return isWhole && mine.size > 0 && theirs.size > 0 ? 'other' : 'unknown';
}
