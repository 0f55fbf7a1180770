/** What `--data` names: the files of a registry, and the name of its log. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { MpakError } from '../src/lib/errors.ts';
import { openIndex, openIndexReadOnly } from '../src/lib/index/open.ts';
import { WRITE_LIMITS } from './limits.ts';

/** In meta: the name of the log, chosen at its first start. Never in a snapshot. */
export const ORIGIN_KEY = 'registry_origin';

export class DataFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = path.resolve(folder);
  }

  get database(): string {
    return path.join(this.path, 'registry.db');
  }

  get signingKey(): string {
    return path.join(this.path, 'signing-key.json');
  }

  get snapshots(): string {
    return path.join(this.path, 'snapshots');
  }

  get snapshotLock(): string {
    return path.join(this.path, 'snapshot.lock');
  }

  /** Opens the database for writing and makes what is missing. A commit is on the disk when it returns. */
  open(): Database.Database {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    mkdirSync(this.snapshots, { recursive: true });
    const db = openIndex(this.database, { durable: true });
    db.pragma(`busy_timeout = ${WRITE_LIMITS.busyMs}`);
    return db;
  }

  /** Opens the database for reading. @throws MpakError NOT_FOUND when the folder is no registry's */
  openReadOnly(): Database.Database {
    this.require();
    return openIndexReadOnly(this.database);
  }

  /** @throws MpakError NOT_FOUND when the folder is no registry's */
  require(): void {
    if (existsSync(this.database)) return;
    throw new MpakError('NOT_FOUND', `${this.path} holds no registry: there is no registry.db.`, {
      hint: '`mpak-registry serve --data DIR` and `mpak-registry import` make one.',
    });
  }
}

/**
 * The name of the log, kept at the first start so that it never changes silently.
 * @param wanted what the operator asked for; undefined for whatever it is
 * @throws MpakError ORIGIN_MISMATCH when the log has another name already
 */
export function settleOrigin(
  db: Database.Database,
  wanted: string | undefined,
  fallback: () => string,
): string {
  const kept = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(ORIGIN_KEY);
  if (typeof kept !== 'string') {
    const origin = wanted ?? fallback();
    db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run(ORIGIN_KEY, origin);
    return origin;
  }
  if (wanted !== undefined && wanted !== kept) {
    throw new MpakError('ORIGIN_MISMATCH', `This log is "${kept}", and --origin says "${wanted}".`, {
      hint: 'Every client knows the log by its name: leave --origin out, or start a new log in another folder.',
    });
  }
  return kept;
}
