/** Whether two indexes mean the same by the name of a package: the same bytes for what both of them have. */
import type Database from 'better-sqlite3';

/**
 * `same`: every artifact that both have has one digest. `other`: one has two, or they have no artifact in common.
 * `unknown`: one of them does not say what its artifacts are.
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
  if (mine.size === 0 || theirs.size === 0) return 'unknown';
  const shared = [...mine].filter(([artifact]) => theirs.has(artifact));
  const isSame = shared.length > 0 && shared.every(([artifact, sha256]) => theirs.get(artifact) === sha256);
  return isSame ? 'same' : 'other';
}
