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
    if (folder === '') {
      throw new MpakError('USAGE', 'The data folder has no name.', {
        hint: 'Give it as --data DIR, or set MPAK_REGISTRY_DATA.',
      });
    }
    this.path = path.resolve(folder);
  }

  get database(): string {
    return path.join(this.path, 'registry.db');
  }

  get signingKey(): string {
    return path.join(this.path, 'signing-key.json');
  }

  /** Of a key that the log was handed over to. @param kid its id */
  rotatedKey(kid: string): string {
    return path.join(this.path, `signing-key-${kid}.json`);
  }

  get keyLock(): string {
    return path.join(this.path, 'rotate-key.lock');
  }

  get snapshots(): string {
    return path.join(this.path, 'snapshots');
  }

  /** When assets were last looked for: the registry's own, and no part of the log. */
  get assetChecks(): string {
    return path.join(this.path, 'asset-checks.db');
  }

  get assetChecksLock(): string {
    return path.join(this.path, 'asset-checks.lock');
  }

  /** Bundles while they are scanned. */
  get scans(): string {
    return path.join(this.path, 'scans');
  }

  get mirrorLock(): string {
    return path.join(this.path, 'mirror.lock');
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

/** Of the name of a log, in characters: clients refuse a longer one. */
const MAX_ORIGIN_LENGTH = 1024;

/** Whether this log was served before: then clients know it by its name and its key. */
export function wasServed(db: Database.Database): boolean {
  return readOrigin(db) !== undefined;
}

/** The name of the log; undefined when it was never served. */
export function readOrigin(db: Database.Database): string | undefined {
  const kept = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(ORIGIN_KEY);
  return typeof kept === 'string' ? kept : undefined;
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
  const kept = readOrigin(db);
  if (kept === undefined) {
    const origin = wanted ?? fallback();
    if (origin.trim() === '' || origin.length > MAX_ORIGIN_LENGTH) {
      throw new MpakError('USAGE', `A log cannot be named ${JSON.stringify(origin.slice(0, 80))}.`, {
        hint: `Give --origin a name of 1 to ${MAX_ORIGIN_LENGTH} characters, such as registry.example.com.`,
      });
    }
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
