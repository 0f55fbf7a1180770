/** The statements of `apply`, prepared once for a batch of entries. */
import type Database from 'better-sqlite3';
import type { Manifest } from '../log/entry.ts';
import type { Document } from './document.ts';

/** What `apply` needs of a package. */
export interface PackageRow {
  readonly id: number;
  readonly rank: number;
  readonly name: string;
  /** The row of the latest version; null while every version is revoked. */
  readonly latest_id: number | null;
  readonly created_at: string;
}

export interface VersionRow {
  readonly id: number;
  readonly version: string;
  readonly prerelease: number;
  readonly published_at: string;
  readonly provenance: string | null;
  readonly revoked: string | null;
  readonly yanked: string | null;
}

const VERSION_COLUMNS = 'id, version, prerelease, published_at, provenance, revoked, yanked';

export function prepareStatements(db: Database.Database) {
  return {
    package: db.prepare<[string], PackageRow>(
      'SELECT id, rank, name, latest_id, created_at FROM packages WHERE name = ?',
    ),
    next: db.prepare(
      `SELECT (SELECT coalesce(max(id), 0) + 1 FROM packages) AS packageId,
         (SELECT coalesce(max(rank), 0) + 1 FROM packages) AS rank,
         (SELECT coalesce(max(id), 0) + 1 FROM versions) AS versionId`,
    ),
    insertPackage: db.prepare(
      'INSERT INTO packages (id, rank, name, published_at, created_at) VALUES (?, ?, ?, ?, ?)',
    ),
    documentText: db.prepare(
      'SELECT name, display_name, description, keywords, author_name FROM packages WHERE id = ?',
    ),
    tools: db.prepare<[number], Document['tools'][number]>(
      'SELECT name, description FROM tools WHERE package_id = ? ORDER BY position',
    ),
    version: db.prepare<[number, string], VersionRow>(
      `SELECT ${VERSION_COLUMNS} FROM versions WHERE package_id = ? AND version = ?`,
    ),
    versionById: db.prepare<[number], VersionRow>(`SELECT ${VERSION_COLUMNS} FROM versions WHERE id = ?`),
    insertVersion: db.prepare(
      `INSERT INTO versions
         (id, package_id, version, prerelease, published_at, release_tag, release_url, publish_method, provenance, revoked)
       VALUES
         (@id, @packageId, @version, @prerelease, @published_at, @releaseTag, @releaseUrl, @publishMethod, @provenance, @revoked)`,
    ),
    insertManifest: db.prepare('INSERT INTO manifests (version_id, manifest) VALUES (?, ?)'),
    manifest: db.prepare('SELECT manifest FROM manifests WHERE version_id = ?').pluck(),
    insertArtifact: db.prepare(
      `INSERT INTO artifacts (version_id, os, arch, filename, sha256, size, url,
         attestation_sha256, attestation_type, seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (version_id, os, arch) DO NOTHING`,
    ),
    ownedScope: db.prepare('SELECT 1 FROM scopes WHERE scope = ? LIMIT 1').pluck(),
    insertScope: db.prepare('INSERT INTO scopes (scope, seq, owner, owner_id) VALUES (?, ?, ?, ?)'),
    reserveScope: db.prepare(
      `INSERT INTO reservations (scope, owner_id, reason, at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET owner_id = excluded.owner_id, reason = excluded.reason, at = excluded.at`,
    ),
    freeScope: db.prepare('DELETE FROM reservations WHERE scope = ?'),
    versions: db.prepare<[number], VersionRow>(
      `SELECT ${VERSION_COLUMNS} FROM versions WHERE package_id = ? ORDER BY id`,
    ),
    setLatest: db.prepare(
      `INSERT INTO packages (id, rank, name, created_at, latest_id, latest_version, display_name, description,
         author_name, keywords, homepage, license, icon, server_type, repository, commit_sha, published_at,
         name_words, text_words)
       VALUES (@id, @rank, @name, @created_at, @versionId, @version, @display_name, @description,
         @author_name, @keywords, @homepage, @license, @icon, @serverType, @repository, @commitSha, @publishedAt,
         @nameWords, @textWords)
       ON CONFLICT (id) DO UPDATE SET latest_id = excluded.latest_id, latest_version = excluded.latest_version,
         display_name = excluded.display_name, description = excluded.description,
         author_name = excluded.author_name, keywords = excluded.keywords, homepage = excluded.homepage,
         license = excluded.license, icon = excluded.icon, server_type = excluded.server_type,
         repository = excluded.repository, commit_sha = excluded.commit_sha,
         published_at = excluded.published_at, name_words = excluded.name_words,
         text_words = excluded.text_words, certification_level = NULL`,
    ),
    clearLatest: db.prepare(
      `UPDATE packages SET latest_id = NULL, latest_version = NULL, certification_level = NULL, deprecated_at = NULL
       WHERE id = ?`,
    ),
    deleteTools: db.prepare('DELETE FROM tools WHERE package_id = ?'),
    insertTool: db.prepare('INSERT INTO tools (package_id, position, name, description) VALUES (?, ?, ?, ?)'),
    setArtifactLevel: db.prepare(
      `UPDATE artifacts SET certification_level = ?
       WHERE version_id = (SELECT id FROM versions WHERE package_id = ? AND version = ?) AND sha256 = ?`,
    ),
    insertCertification: db.prepare(
      `INSERT INTO certifications (seq, package, version, sha256, level, controls, scanner, at)
       VALUES (@seq, @package, @version, @sha256, @level, @controls, @scanner, @at)`,
    ),
    refreshLevel: db.prepare(
      `UPDATE packages SET certification_level = (
         SELECT CASE WHEN count(*) = count(a.certification_level) THEN min(a.certification_level) END
         FROM artifacts a WHERE a.version_id = packages.latest_id)
       WHERE id = ?`,
    ),
    insertDeprecation: db.prepare(
      `INSERT INTO deprecations (seq, package, versions, message, successor, provenance, at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    deprecations: db.prepare<
      [string],
      { versions: string; message: string; by_publisher: number; at: string }
    >(
      'SELECT versions, message, provenance IS NOT NULL AS by_publisher, at FROM deprecations WHERE package = ? ORDER BY seq DESC',
    ),
    anyDeprecation: db.prepare('SELECT 1 FROM deprecations LIMIT 1'),
    setDeprecated: db.prepare('UPDATE packages SET deprecated_at = ? WHERE id = ?'),
    setYanked: db.prepare('UPDATE versions SET yanked = ? WHERE id = ? AND yanked IS NULL'),
    setAssetState: db.prepare(
      `UPDATE artifacts SET state = ?
       WHERE version_id = (SELECT id FROM versions WHERE package_id = ? AND version = ?) AND sha256 = ?`,
    ),
    revocations: db.prepare<[string], { versions: string; reason: string }>(
      'SELECT versions, reason FROM revocations WHERE package = ? ORDER BY seq DESC',
    ),
    anyRevocation: db.prepare('SELECT 1 FROM revocations LIMIT 1'),
    insertRevocation: db.prepare(
      'INSERT INTO revocations (seq, package, versions, reason, at) VALUES (?, ?, ?, ?, ?)',
    ),
    setRevoked: db.prepare('UPDATE versions SET revoked = ? WHERE id = ?'),
    insertRotation: db.prepare(
      'INSERT INTO rotations (seq, old_kid, new_key, signature, at) VALUES (?, ?, ?, ?, ?)',
    ),
  };
}

/** What a package's row has of its latest version's manifest, besides what is searched. */
export function manifestColumns(manifest: Manifest) {
  return {
    homepage: manifest.homepage ?? null,
    license: manifest.license ?? null,
    icon: manifest.icon ?? null,
    serverType: manifest.server?.type ?? null,
  };
}
