/** What the index already says about an announcement's package, version and platform: it binds what may follow. */
import { isDeepStrictEqual } from 'node:util';
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../src/lib/bundle/name.ts';
import type { Provenance } from '../src/lib/log/entry.ts';
import type { Announcement } from './announcement.ts';
import { HttpError } from './http.ts';

/** An account that was deleted and registered again has the name of the old one, and not its id. */
export function requireFirstOwner(db: Database.Database, name: PackageName, { claims }: Provenance): void {
  const first = db.prepare('SELECT owner_id FROM scopes WHERE scope = ?').pluck().get(scopeOf(name));
  if (first === undefined || first === claims.owner_id) return;
  throw new HttpError(
    403,
    'FORBIDDEN',
    `The scope @${scopeOf(name)} was first used by the GitHub account ${String(first)}, and the token is of ${claims.owner_id}.`,
  );
}

/**
 * The artifacts of a version are of one release of one commit: the index keeps the provenance of the first, and by it
 * clients verify them all. A version that was imported has none.
 */
export function requireSameRelease(
  db: Database.Database,
  { name, version, release_tag: tag }: Announcement,
  { repository, sha }: Provenance,
): void {
  const first = db
    .prepare<[string, string], { repository: string; sha: string; tag: string }>(
      `SELECT v.provenance ->> '$.repository' AS repository, v.provenance ->> '$.sha' AS sha, v.release_tag AS tag
       FROM packages p JOIN versions v ON v.package_id = p.id
       WHERE p.name = ? AND v.version = ? AND v.provenance IS NOT NULL`,
    )
    .get(name, version);
  if (first === undefined || isDeepStrictEqual(first, { repository, sha, tag })) return;
  throw new HttpError(
    409,
    'CONFLICT',
    `${name} ${version} is of release ${first.tag} of ${first.repository} at ${first.sha}, and this artifact of release ${tag} of ${repository} at ${sha}; publish a new version.`,
  );
}

export interface ExistingArtifact {
  readonly sha256: string;
  readonly filename: string;
  /** Artifacts of the version. */
  readonly total: number;
}

export function findArtifact(
  db: Database.Database,
  { name, version, artifact }: Announcement,
): ExistingArtifact | undefined {
  return db
    .prepare<[string, string, string, string], ExistingArtifact>(
      `SELECT a.sha256, a.filename, (SELECT count(*) FROM artifacts WHERE version_id = v.id) AS total
       FROM packages p
       JOIN versions v ON v.package_id = p.id
       JOIN artifacts a ON a.version_id = v.id
       WHERE p.name = ? AND v.version = ? AND a.os = ? AND a.arch = ?`,
    )
    .get(name, version, artifact.os, artifact.arch);
}
