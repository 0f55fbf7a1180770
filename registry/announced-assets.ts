/** The assets that were announced, by release, and when each was last looked for. */
import Database from 'better-sqlite3';
import type { AssetState } from '../src/lib/log/entry.ts';

/** One file of a version, which may be published for several platforms under several names. */
export interface AnnouncedAsset {
  readonly package: string;
  readonly version: string;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** What was found the last time. */
  readonly state: AssetState;
  readonly places: readonly { readonly filename: string; readonly url: string }[];
}

export interface AnnouncedRelease {
  /** `Owner/repo`. */
  readonly repository: string;
  readonly tag: string;
  readonly assets: readonly AnnouncedAsset[];
}

interface Row extends Omit<AnnouncedAsset, 'places'> {
  readonly filename: string;
  readonly url: string;
  readonly repository: string;
  readonly tag: string;
}

/**
 * Of all packages or one. What was imported is on no release that is known, and what is revoked is wanted by nobody.
 * Releases of the log's order.
 */
export function announcedReleases(db: Database.Database, name: string | undefined): AnnouncedRelease[] {
  const rows = db
    .prepare<[string | null, string | null], Row>(
      `SELECT p.name AS package, v.version, a.sha256, a.size, a.state, a.filename, a.url,
         v.provenance ->> '$.repository' AS repository, v.release_tag AS tag
       FROM artifacts a
       JOIN versions v ON v.id = a.version_id
       JOIN packages p ON p.id = v.package_id
       WHERE v.provenance IS NOT NULL AND v.release_tag IS NOT NULL AND v.revoked IS NULL
         AND (? IS NULL OR p.name = ?)
       ORDER BY a.seq`,
    )
    .all(name ?? null, name ?? null);
  const releases = Map.groupBy(rows, ({ repository, tag }) => JSON.stringify([repository, tag]));
  return [...releases.values()].map((ofRelease) => {
    const { repository, tag } = ofRelease[0] as Row;
    const files = Map.groupBy(ofRelease, (row) => JSON.stringify([row.package, row.version, row.sha256]));
    const assets = [...files.values()].map((ofFile) => {
      const { package: owner, version, sha256, size, state } = ofFile[0] as Row;
      const places = ofFile.map(({ filename, url }) => ({ filename, url }));
      return { package: owner, version, sha256, size, state, places };
    });
    return { repository, tag, assets };
  });
}

/** A file of its own: it is written all the time, and nobody else's business. */
export class CheckTimes {
  readonly #db: Database.Database;
  readonly #read: Database.Statement<[string, string, string], number>;

  constructor(file: string) {
    this.#db = new Database(file);
    this.#db.pragma('journal_mode = WAL');
    this.#db.exec(
      `CREATE TABLE IF NOT EXISTS checked (
         package TEXT, version TEXT, sha256 TEXT, at INTEGER NOT NULL, PRIMARY KEY (package, version, sha256)
       ) STRICT, WITHOUT ROWID`,
    );
    this.#read = this.#db
      .prepare<[string, string, string], number>(
        'SELECT at FROM checked WHERE package = ? AND version = ? AND sha256 = ?',
      )
      .pluck();
  }

  /** Milliseconds since 1970; 0 for never. */
  of({ package: name, version, sha256 }: AnnouncedAsset): number {
    return this.#read.get(name, version, sha256) ?? 0;
  }

  set({ package: name, version, sha256 }: AnnouncedAsset, at: Date): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO checked (package, version, sha256, at) VALUES (?, ?, ?, ?)')
      .run(name, version, sha256, at.getTime());
  }

  close(): void {
    this.#db.close();
  }
}
