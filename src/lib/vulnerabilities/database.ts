/** Vulnerability data in a SQLite database of its own: it can be thrown away and fetched again, and no index depends on it. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { systemError } from '../system-error.ts';

const VERSION = 1;
const BUSY_TIMEOUT_MS = 10_000;

const SCHEMA = `
  CREATE TABLE feed (
    name TEXT PRIMARY KEY,
    source TEXT NOT NULL,     -- URL or path that it was read from
    as_of TEXT NOT NULL,      -- when the data was made, ISO 8601
    read_at TEXT NOT NULL,
    records INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE advisory (
    type TEXT NOT NULL,       -- of purls: npm, pypi
    id TEXT NOT NULL,
    aliases TEXT NOT NULL,    -- JSON
    cvss REAL,
    summary TEXT NOT NULL,
    PRIMARY KEY (type, id)
  ) WITHOUT ROWID;
  CREATE TABLE affected (
    type TEXT NOT NULL,
    name TEXT NOT NULL,       -- canonical
    advisory TEXT NOT NULL,
    ranges TEXT NOT NULL,     -- JSON
    versions TEXT NOT NULL    -- JSON
  );
  CREATE INDEX affected_name ON affected (type, name);
  CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE kev (cve TEXT PRIMARY KEY) WITHOUT ROWID;
`;

export function vulnerabilityFile(home: string): string {
  return path.join(home, 'vulnerabilities.db');
}

/** Opens for writing, and creates it. The caller closes it. @throws MpakError IO_FAILED, INDEX_UNREADABLE, SCHEMA_NEWER */
export function openVulnerabilities(file: string): Database.Database {
  return guarded(file, () => {
    mkdirSync(path.dirname(file), { recursive: true });
    return opened(new Database(file, { timeout: BUSY_TIMEOUT_MS }), (db) => {
      const version = versionOf(db, file);
      db.pragma('journal_mode = WAL');
      if (version === VERSION) return;
      db.transaction(() => {
        db.exec(SCHEMA);
        db.pragma(`user_version = ${VERSION}`);
      })();
    });
  });
}

/** @returns undefined when there is none @throws MpakError IO_FAILED, INDEX_UNREADABLE, SCHEMA_NEWER */
export function openVulnerabilitiesReadOnly(file: string): Database.Database | undefined {
  return guarded(file, () => {
    let db: Database.Database;
    try {
      db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
    let version = 0;
    opened(db, () => {
      version = versionOf(db, file);
    });
    if (version === VERSION) return db;
    db.close();
    return undefined;
  });
}

function opened(db: Database.Database, prepare: (db: Database.Database) => void): Database.Database {
  try {
    // A file may be somebody else's: its schema runs no code, and its pages are checked as they are read.
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** 0 for a new file. */
function versionOf(db: Database.Database, file: string): number {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > VERSION) {
    throw new MpakError('SCHEMA_NEWER', `${file} was written by a newer mpak.`, { hint: 'Update mpak.' });
  }
  if (version === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined) throw damaged(file);
  return version;
}

function isAbsent(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code.startsWith('SQLITE_CANTOPEN');
  return error instanceof TypeError && String(message).includes('directory does not exist');
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code)))
      throw damaged(file, error);
    throw systemError(error) ?? error;
  }
}

function damaged(file: string, cause?: unknown): MpakError {
  return new MpakError('INDEX_UNREADABLE', `${file} is damaged, or is not mpak's.`, {
    hint: 'Move it away and run `mpak vuln update`.',
    cause,
  });
}
