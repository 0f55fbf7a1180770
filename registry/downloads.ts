/** Counts downloads in memory and writes them in batches: a download must not cost a write to the disk. */
import type Database from 'better-sqlite3';
import type { Logger } from 'pino';
import { FacetsWriter } from '../src/lib/index/facets.ts';
import { DOWNLOADS_FLUSH_MS } from './limits.ts';
import { isBusy } from './write.ts';

export class DownloadCounter {
  readonly #db: Database.Database;
  readonly #log: Logger;
  #pending = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Database.Database, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  count(versionId: number): void {
    this.#pending.set(versionId, (this.#pending.get(versionId) ?? 0) + 1);
    this.#timer ??= setTimeout(() => this.flush(), DOWNLOADS_FLUSH_MS);
  }

  /** Writes what was counted. When another process is writing, it stays for the next time. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    try {
      this.#write();
      this.#pending = new Map();
    } catch (error) {
      if (!isBusy(error)) this.#log.error({ err: error }, 'downloads not written');
      this.#timer = setTimeout(() => this.flush(), DOWNLOADS_FLUSH_MS);
    }
  }

  close(): void {
    this.flush();
    clearTimeout(this.#timer);
  }

  #write(): void {
    const version = this.#db.prepare<[number, number]>(
      'UPDATE versions SET downloads = downloads + ? WHERE id = ?',
    );
    const packages = this.#db
      .prepare<[number, number], number>(
        `UPDATE packages SET downloads = downloads + ?
         WHERE id = (SELECT package_id FROM versions WHERE id = ?) RETURNING id`,
      )
      .pluck();
    this.#db
      .transaction(() => {
        const changed = new Set<number>();
        for (const [versionId, downloads] of this.#pending) {
          version.run(downloads, versionId);
          for (const id of packages.all(downloads, versionId)) changed.add(id);
        }
        new FacetsWriter(this.#db).write(changed);
      })
      .immediate();
  }
}
