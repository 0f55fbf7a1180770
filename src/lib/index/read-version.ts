/** A package's versions as rows, and which of them a name or `latest` means. Read from the index alone. */
import type Database from 'better-sqlite3';
import semver from 'semver';
import type { Manifest, Provenance } from '../log/entry.ts';

/** What is known of a package besides its versions. */
export interface PackageRow {
  readonly id: number;
  readonly name: string;
  /** Null when every version is revoked or yanked. */
  readonly latest_id: number | null;
  readonly latest_version: string | null;
  /** Of the latest version: its lowest-graded artifact; null unless all of them are certified. */
  readonly certification_level: number | null;
}

export const PACKAGE_COLUMNS = 'id, name, latest_id, latest_version, certification_level';

export interface VersionRow {
  readonly id: number;
  readonly package_id: number;
  readonly version: string;
  /** 1: by its number or by its release's flag. */
  readonly prerelease: number;
  readonly published_at: string;
  readonly release_tag: string | null;
  readonly release_url: string | null;
  readonly publish_method: string;
  /** JSON. */
  readonly provenance: string | null;
  /** The reason; null: not revoked. */
  readonly revoked: string | null;
  /** Why its publisher took it back; null: it is not yanked. */
  readonly yanked: string | null;
  readonly downloads: number;
}

const VERSION_COLUMNS = `id, package_id, version, prerelease, published_at, release_tag, release_url, publish_method,
  provenance, revoked, yanked, downloads`;

/** @param name lower case, as in the log */
export function findPackage(db: Database.Database, name: string): PackageRow | undefined {
  return db.prepare<[string], PackageRow>(`SELECT ${PACKAGE_COLUMNS} FROM packages WHERE name = ?`).get(name);
}

/** All versions, the revoked ones too, highest first (semver 2.0, section 11). */
export function versionRows(db: Database.Database, packageId: number): VersionRow[] {
  return db
    .prepare<[number], VersionRow>(`SELECT ${VERSION_COLUMNS} FROM versions WHERE package_id = ?`)
    .all(packageId)
    .sort((a, b) => semver.rcompare(a.version, b.version));
}

/**
 * The version that is meant, revoked or not: the caller decides what a revoked one is good for.
 * @param wanted a version as it was published, or `latest`: the highest release that is not revoked or yanked, else prerelease
 */
export function resolveVersion(
  db: Database.Database,
  name: string,
  wanted: 'latest' | (string & {}),
): VersionRow | undefined {
  const row = findPackage(db, name);
  if (row === undefined) return undefined;
  if (wanted === 'latest') {
    if (row.latest_id === null) return undefined;
    return db
      .prepare<[number], VersionRow>(`SELECT ${VERSION_COLUMNS} FROM versions WHERE id = ?`)
      .get(row.latest_id);
  }
  return db
    .prepare<[number, string], VersionRow>(
      `SELECT ${VERSION_COLUMNS} FROM versions WHERE package_id = ? AND version = ?`,
    )
    .get(row.id, wanted);
}

/** Of a version's first artifact; every artifact of a version carries the same one, or should. */
export function manifestOf(db: Database.Database, versionId: number): Manifest {
  const manifest = db.prepare('SELECT manifest FROM manifests WHERE version_id = ?').pluck().get(versionId);
  return JSON.parse(manifest as string) as Manifest;
}

export function provenanceOf(version: Pick<VersionRow, 'provenance'>): Provenance | null {
  return version.provenance === null ? null : (JSON.parse(version.provenance) as Provenance);
}

/** Where its assets are; null for what was imported without a release. */
export function releaseOf(
  version: Pick<VersionRow, 'release_tag' | 'release_url'>,
): { tag: string; url?: string } | null {
  if (version.release_tag === null) return null;
  return version.release_url === null
    ? { tag: version.release_tag }
    : { tag: version.release_tag, url: version.release_url };
}
