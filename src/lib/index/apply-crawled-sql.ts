/** The statements that only a crawled index needs, and which digests stand in it: apply-crawled.ts. */
import type Database from 'better-sqlite3';
import type { CrawledPackage } from './crawled-types.ts';

/** Which look at the whole list, and which sync. */
export interface CrawlMoment {
  readonly pass: number;
  readonly round: number;
}

export interface CrawledRow extends CrawlMoment {
  readonly summary: string;
  readonly original: string | null;
}

/** What a list says of a package and no manifest does. */
export type Shown = Pick<CrawledPackage, 'repository' | 'commit_sha' | 'certification_level' | 'downloads'>;

/** Takes over which digests stand, for an index that is made anew. In the caller's transaction. */
export function takeOverDigests(db: Database.Database, before: Database.Database): void {
  const known = before
    .prepare<[], [string, string, string, string, string]>(
      `SELECT package, version, os, arch, sha256 FROM crawled_digests
       UNION
       SELECT p.name, v.version, a.os, a.arch, a.sha256
       FROM packages p JOIN versions v ON v.package_id = p.id JOIN artifacts a ON a.version_id = v.id`,
    )
    .raw();
  const keep = db.prepare(
    'INSERT OR IGNORE INTO crawled_digests (package, version, os, arch, sha256) VALUES (?, ?, ?, ?, ?)',
  );
  for (const row of known.iterate()) keep.run(...row);
}

export function prepareCrawledStatements(db: Database.Database) {
  return {
    crawled: db.prepare<[string], CrawledRow>(
      'SELECT pass, round, summary, original FROM crawled WHERE package = ?',
    ),
    see: db.prepare('UPDATE crawled SET pass = ? WHERE package = ?'),
    write: db.prepare(
      `INSERT INTO crawled (package, pass, round, summary, original, elsewhere)
       VALUES (@package, @pass, @round, @summary, @original, @elsewhere)
       ON CONFLICT DO UPDATE SET pass = excluded.pass, round = excluded.round, summary = excluded.summary,
         original = excluded.original, elsewhere = excluded.elsewhere`,
    ),
    forget: db.prepare('DELETE FROM crawled WHERE package = ?'),
    setVersionList: db.prepare('UPDATE crawled SET versions_at = ? WHERE package = ?'),
    forgetVersionList: db.prepare('UPDATE crawled SET versions_at = NULL WHERE package = ?'),
    setDownloads: db
      .prepare<[downloads: number, name: string, downloads: number], number>(
        'UPDATE packages SET downloads = ? WHERE name = ? AND downloads <> ? RETURNING id',
      )
      .pluck(),
    shown: db.prepare<[number], Shown>(
      'SELECT repository, commit_sha, certification_level, downloads FROM packages WHERE id = ?',
    ),
    setShown: db.prepare('UPDATE packages SET certification_level = ?, downloads = ? WHERE id = ?'),
    touchVersion: db.prepare('UPDATE versions SET downloads = ? WHERE id = ?'),
    redateVersion: db.prepare('UPDATE versions SET published_at = ?, downloads = ? WHERE id = ?'),
    hasDetails: db.prepare('SELECT 1 FROM crawled_versions WHERE version_id = ?').pluck(),
    addDetails: db.prepare('INSERT INTO crawled_versions (version_id, at) VALUES (?, ?)'),
    setDetails: db.prepare(
      'UPDATE versions SET release_tag = ?, release_url = ?, provenance = ? WHERE id = ?',
    ),
    firstDigest: db
      .prepare<[number, string, string], string>(
        `SELECT d.sha256 FROM versions v JOIN packages p ON p.id = v.package_id
         JOIN crawled_digests d ON d.package = p.name AND d.version = v.version
         WHERE v.id = ? AND d.os = ? AND d.arch = ?`,
      )
      .pluck(),
    keepDigests: db.prepare(
      `INSERT OR IGNORE INTO crawled_digests (package, version, os, arch, sha256)
       SELECT p.name, v.version, a.os, a.arch, a.sha256
       FROM versions v JOIN packages p ON p.id = v.package_id JOIN artifacts a ON a.version_id = v.id
       WHERE v.id = ?`,
    ),
    setSize: db.prepare('UPDATE artifacts SET size = ? WHERE version_id = ? AND sha256 = ?'),
    setManifest: db.prepare('REPLACE INTO manifests (version_id, manifest) VALUES (?, ?)'),
    deleteVersion: [
      db.prepare('DELETE FROM crawled_versions WHERE version_id = ?'),
      db.prepare('DELETE FROM manifests WHERE version_id = ?'),
      db.prepare('DELETE FROM artifacts WHERE version_id = ?'),
      db.prepare('DELETE FROM versions WHERE id = ?'),
    ],
    deletePackage: db.prepare('DELETE FROM packages WHERE id = ?'),
  };
}
