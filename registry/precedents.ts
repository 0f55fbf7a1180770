/** What the index already says about an announcement's package, version and platform: it binds what may follow. */
import { isDeepStrictEqual } from 'node:util';
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../src/lib/bundle/name.ts';
import { ownerOf } from '../src/lib/index/read-scope.ts';
import type { Provenance } from '../src/lib/log/entry.ts';
import type { Announcement } from './announcement.ts';
import { HttpError } from './http.ts';

/**
 * The scope's owner is the account that first used it, or whom the operator transferred it to. An account that was
 * deleted and registered again has the name of the old one, and not its id.
 */
export function requireScopeOwner(db: Database.Database, name: PackageName, { claims }: Provenance): void {
  const scope = scopeOf(name);
  const owner = ownerOf(db, scope);
  if (owner === undefined || owner.owner_id === claims.owner_id) return;
  throw new HttpError(
    403,
    'FORBIDDEN',
    `The scope @${scope} belongs to the GitHub account ${owner.owner_id}, and the token is of ${claims.owner_id}. Ask the operator of the registry to transfer it.`,
  );
}

/**
 * The artifacts of a version are of one release of one commit and ref: the index keeps the provenance of the first, and by it
 * clients verify them all. A version that was imported has none.
 */
export function requireSameRelease(
  db: Database.Database,
  { name, version, release_tag: tag }: Announcement,
  { repository, sha, claims: { ref } }: Provenance,
): void {
  const first = db
    .prepare<[string, string], { repository: string; sha: string; ref: string; tag: string }>(
      `SELECT v.provenance ->> '$.repository' AS repository, v.provenance ->> '$.sha' AS sha,
         v.provenance ->> '$.claims.ref' AS ref, v.release_tag AS tag
       FROM packages p JOIN versions v ON v.package_id = p.id
       WHERE p.name = ? AND v.version = ? AND v.provenance IS NOT NULL`,
    )
    .get(name, version);
  if (first === undefined || isDeepStrictEqual(first, { repository, sha, ref, tag })) return;
  throw new HttpError(
    409,
    'CONFLICT',
    `${name} ${version} is of release ${first.tag} of ${first.repository} at ${first.sha} (${first.ref}), and this artifact of release ${tag} of ${repository} at ${sha} (${ref}); publish a new version.`,
  );
}

export interface ExistingArtifact {
  readonly sha256: string;
  readonly filename: string;
  /** Artifacts of the version. */
  readonly total: number;
  readonly attested: boolean;
}

export function findArtifact(
  db: Database.Database,
  { name, version, artifact }: Announcement,
): ExistingArtifact | undefined {
  const row = db
    .prepare<[string, string, string, string], Omit<ExistingArtifact, 'attested'> & { attested: 0 | 1 }>(
      `SELECT a.sha256, a.filename, (SELECT count(*) FROM artifacts WHERE version_id = v.id) AS total,
         a.attestation_sha256 IS NOT NULL AS attested
       FROM packages p
       JOIN versions v ON v.package_id = p.id
       JOIN artifacts a ON a.version_id = v.id
       WHERE p.name = ? AND v.version = ? AND a.os = ? AND a.arch = ?`,
    )
    .get(name, version, artifact.os, artifact.arch);
  return row && { ...row, attested: row.attested === 1 };
}
