/** What became of a package's versions: revocations, deprecations, and how each version was published. */
import type Database from 'better-sqlite3';
import type { Provenance, RevokeEntry } from '../log/entry.ts';
import { covers, decisiveDeprecation } from './apply.ts';
import { type Artifact, artifactsOf } from './read-artifact.ts';
import { findPackage, provenanceOf, releaseOf, versionRows } from './read-version.ts';

export interface Revocation {
  /** A semver range; `*` is all, those to come too. */
  readonly versions: string;
  readonly reason: RevokeEntry['reason'];
  readonly at: string;
}

export interface Deprecation {
  /** A semver range; `*` is all. */
  readonly versions: string;
  readonly message: string;
  /** The package to use instead. */
  readonly successor: string | null;
  /** The publisher said so, and not the registry's operator. */
  readonly by_publisher: boolean;
  readonly at: string;
}

export interface VersionStatus {
  readonly version: string;
  readonly prerelease: boolean;
  readonly published_at: string;
  readonly downloads: number;
  /** Why it is revoked; null: it is not. */
  readonly revoked: Revocation['reason'] | null;
  /** Why its publisher took it back: it is chosen by its number alone. Null: it is not yanked. */
  readonly yanked: string | null;
  /** The deprecation that decides about it; null when there is none, or it was taken back. */
  readonly deprecated: Pick<Deprecation, 'message' | 'successor' | 'at'> | null;
  /** `oidc`: announced by a verified GitHub Actions identity; `import`: by the registry's operator. */
  readonly publish_method: string;
  readonly release: { readonly tag: string; readonly url?: string } | null;
  readonly provenance: Provenance | null;
  readonly artifacts: readonly (Omit<Artifact, 'attestation_type'> & { readonly attested: boolean })[];
}

export interface PackageStatus {
  readonly name: string;
  /** Null when every version is revoked or yanked. */
  readonly latest_version: string | null;
  /** Newest first, with the published versions that each covers. */
  readonly revocations: readonly (Revocation & { readonly covers: readonly string[] })[];
  readonly deprecations: readonly (Deprecation & { readonly covers: readonly string[] })[];
  /** All, the revoked and yanked ones too, highest first. */
  readonly versions: readonly VersionStatus[];
}

/** Newest first. A package can be revoked before it is published, so no package needs to exist. */
export function revocationsOf(db: Database.Database, name: string): Revocation[] {
  return db
    .prepare<[string], Revocation>(
      'SELECT versions, reason, at FROM revocations WHERE package = ? ORDER BY seq DESC',
    )
    .all(name);
}

/** Newest first. */
export function deprecationsOf(db: Database.Database, name: string): Deprecation[] {
  return db
    .prepare<[string], Omit<Deprecation, 'by_publisher'> & { by_publisher: number }>(
      `SELECT versions, message, successor, provenance IS NOT NULL AS by_publisher, at
       FROM deprecations WHERE package = ? ORDER BY seq DESC`,
    )
    .all(name)
    .map((row) => ({ ...row, by_publisher: row.by_publisher === 1 }));
}

/** What deprecates a version, of a package's statements, newest first; undefined when nothing does any more. */
export function deprecationOf(statements: readonly Deprecation[], version: string): Deprecation | undefined {
  const decisive = decisiveDeprecation(statements, version);
  return decisive?.message === '' ? undefined : decisive;
}

/** The first of a list, newest first, that covers a version: the one that counts. */
export function covering<R extends { readonly versions: string }>(
  statements: readonly R[],
  version: string,
): R | undefined {
  return statements.find((statement) => covers(statement.versions, version));
}

/** @param name lower case, as in the log */
export function packageStatus(db: Database.Database, name: string): PackageStatus | undefined {
  const row = findPackage(db, name);
  if (row === undefined) return undefined;
  const rows = versionRows(db, row.id);
  const deprecations = deprecationsOf(db, name);
  const withCovered = <R extends { versions: string }>(statement: R) => ({
    ...statement,
    covers: rows.map(({ version }) => version).filter((version) => covers(statement.versions, version)),
  });
  return {
    name: row.name,
    latest_version: row.latest_version,
    revocations: revocationsOf(db, name).map(withCovered),
    deprecations: deprecations.map(withCovered),
    versions: rows.map((version) => {
      const deprecation = deprecationOf(deprecations, version.version);
      return {
        version: version.version,
        prerelease: version.prerelease === 1,
        published_at: version.published_at,
        downloads: version.downloads,
        revoked: version.revoked as VersionStatus['revoked'],
        yanked: version.yanked,
        deprecated:
          deprecation === undefined
            ? null
            : { message: deprecation.message, successor: deprecation.successor, at: deprecation.at },
        publish_method: version.publish_method,
        release: releaseOf(version),
        provenance: provenanceOf(version),
        artifacts: artifactsOf(db, version.id).map(({ attestation_type, ...artifact }) => ({
          ...artifact,
          attested: attestation_type !== null,
        })),
      };
    }),
  };
}
