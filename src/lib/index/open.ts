/** Opens an index file. The caller closes it. */
import Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { MIGRATIONS, migrate, readVersion } from './schema.ts';

/** How long a writer waits for another one, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Opens for reading and writing; creates or migrates the schema.
 * @param options.durable a commit is on the disk when it returns, not only safe from a crash of the process
 * @throws MpakError SCHEMA_NEWER, INDEX_UNREADABLE, IO_FAILED
 */
export function openIndex(file: string, options: { durable?: boolean } = {}): Database.Database {
  return guarded(file, cannotCreate, () => {
    const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
    return closingOnError(db, () => {
      defend(db);
      // Before anything is written: journal_mode would already change a file that is not ours.
      readVersion(db);
      db.pragma('journal_mode = WAL');
      db.pragma(`synchronous = ${options.durable ? 'FULL' : 'NORMAL'}`);
      db.pragma('foreign_keys = ON');
      migrate(db);
    });
  });
}

/** Opens a new, empty index that lives in memory: for replaying a log. */
export function openMemoryIndex(): Database.Database {
  const db = new Database(':memory:');
  migrate(db);
  return db;
}

/**
 * Opens for reading alone.
 * @throws MpakError INDEX_MISSING when there is no such file, SCHEMA_NEWER, INDEX_UNREADABLE
 */
export function openIndexReadOnly(file: string): Database.Database {
  return guarded(file, missing, () => {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    return closingOnError(db, () => {
      defend(db);
      db.pragma('query_only = ON');
      if (readVersion(db) !== MIGRATIONS.length) {
        throw new MpakError('INDEX_UNREADABLE', `${file} has the schema of an older mpak.`, {
          hint: 'Run `mpak sync` to bring it forward.',
        });
      }
    });
  });
}

/** A database may be somebody else's file: its schema must not run code, and its pages are checked as they are read. */
function defend(db: Database.Database): void {
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
}

function closingOnError(db: Database.Database, prepare: () => void): Database.Database {
  try {
    prepare();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Runs `open`; what SQLite throws becomes an error that says what to do about the file. */
function guarded(
  file: string,
  cannotOpen: (file: string, cause: unknown) => MpakError,
  open: () => Database.Database,
): Database.Database {
  try {
    return open();
  } catch (error) {
    throw isCannotOpen(error) ? cannotOpen(file, error) : translate(file, error);
  }
}

/** SQLite could not open the file; better-sqlite3 looks for the folder itself and then throws a bare TypeError. */
function isCannotOpen(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code.startsWith('SQLITE_CANTOPEN');
  return error instanceof TypeError && error.message.includes('directory does not exist');
}

function missing(file: string, cause: unknown): MpakError {
  return new MpakError('INDEX_MISSING', `There is no index at ${file}, or it cannot be opened.`, {
    hint: 'Run `mpak sync` first.',
    cause,
  });
}

function cannotCreate(file: string, cause: unknown): MpakError {
  return new MpakError('IO_FAILED', `${file} cannot be created or opened.`, {
    hint: 'Is its folder there, and yours to write?',
    cause,
  });
}

function translate(file: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || error instanceof MpakError) return error;
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new MpakError('INDEX_UNREADABLE', `${file} is damaged: ${(error as Error).message}.`, {
      hint: 'Run `mpak sync --full` to fetch the index again.',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new MpakError('BUSY', `${file} is in use by another process.`, {
      hint: 'Try again when it has finished.',
      cause: error,
    });
  }
  if (/^SQLITE_(FULL|IOERR|READONLY|PERM)/.test(code)) {
    return new MpakError('IO_FAILED', `${file} could not be written: ${(error as Error).message}.`, {
      hint: 'Is the disk full, or the folder not yours to write?',
      cause: error,
    });
  }
  return error;
}
