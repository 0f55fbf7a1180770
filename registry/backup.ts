/**
 * The whole of a registry's database as one file: log, tables and attestations, as of one moment, while a server may be
 * writing. Signing keys are not in it: who finds a backup must not be able to sign.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { MpakError } from '../src/lib/errors.ts';
import { syncFolder } from '../src/lib/files.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { openIndexReadOnly } from '../src/lib/index/open.ts';
import { rootOf } from './checkpoints.ts';
import type { DataFolder } from './data-folder.ts';
import { type Verification, verifyRegistry } from './verify.ts';

/** What a copy holds. */
export type Copied = Pick<Verification, 'size' | 'root'>;

/** @param file must not be there yet @throws MpakError USAGE when it is, NOT_FOUND, INDEX_UNREADABLE, IO_FAILED */
export function backUp(data: DataFolder, file: string): Copied {
  const target = path.resolve(file);
  refuseExisting(target);
  const temporary = temporaryBeside(target);
  data.require();
  const db = data.open();
  try {
    // It reads in one transaction: it sees one moment of the database, and stands in no writer's way.
    db.prepare('VACUUM INTO ?').run(temporary);
    makeOneFile(temporary);
    const copied = requireSound(temporary);
    syncFile(temporary);
    // Unlike a rename, a link never takes the place of a file that was made meanwhile.
    linkSync(temporary, target);
    syncFolder(path.dirname(target));
    return copied;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') refuseExisting(target);
    throw error;
  } finally {
    db.close();
    rmSync(temporary, { force: true });
  }
}

/**
 * Makes a data folder of a backup, when the file is whole and its log replays to its tables.
 * @throws MpakError USAGE when the folder holds a registry, REPLAY_MISMATCH, INDEX_UNREADABLE
 */
export function restore(data: DataFolder, file: string): Copied {
  const { database } = data;
  for (const there of [database, `${database}-wal`, `${database}-shm`]) {
    if (!existsSync(there)) continue;
    throw new MpakError('USAGE', `${data.path} holds a registry already.`, {
      hint: 'Restore into another folder, or move this one away first.',
    });
  }
  // Before anything is made: a wrong name leaves no folder behind.
  if (!existsSync(file)) throw new MpakError('NOT_FOUND', `There is no file ${file}.`);
  mkdirSync(data.path, { recursive: true, mode: 0o700 });
  const temporary = temporaryBeside(database);
  try {
    copyFileSync(file, temporary);
    makeOneFile(temporary);
    const verification = requireVerified(temporary);
    syncFile(temporary);
    linkSync(temporary, database);
    syncFolder(data.path);
    return verification;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Without a write-ahead log beside it. @throws MpakError INDEX_UNREADABLE when it is no database */
function makeOneFile(file: string): void {
  try {
    const db = new Database(file, { fileMustExist: true });
    try {
      db.pragma('trusted_schema = OFF');
      db.pragma('journal_mode = DELETE');
    } finally {
      db.close();
    }
  } catch (error) {
    throw new MpakError(
      'INDEX_UNREADABLE',
      `The file is no backup of a registry: ${(error as Error).message}.`,
      {
        hint: '`mpak-registry backup FILE` makes one.',
        cause: error,
      },
    );
  }
}

/** What SQLite itself can see: a replay of the log is left to `verify`. @throws MpakError INDEX_UNREADABLE */
function requireSound(file: string): Copied {
  const db = openIndexReadOnly(file);
  try {
    const damage = db.pragma('integrity_check', { simple: true });
    if (damage !== 'ok') {
      throw new MpakError('INDEX_UNREADABLE', `The registry's database is damaged: ${String(damage)}.`, {
        hint: 'Restore it from an earlier backup; `mpak-registry verify` says more.',
      });
    }
    const edge = readEdge(db);
    return { size: edge.size, root: rootOf(edge) };
  } finally {
    db.close();
  }
}

/** @throws MpakError REPLAY_MISMATCH */
function requireVerified(file: string): Verification {
  const db = openIndexReadOnly(file);
  try {
    const verification = verifyRegistry(db);
    if (verification.differences.length === 0) return verification;
    throw new MpakError(
      'REPLAY_MISMATCH',
      `The copy differs from a replay of its ${verification.size} log entries: ${verification.differences[0]}.`,
      { hint: '`mpak-registry verify` says all of it, of a folder or of a file.' },
    );
  } finally {
    db.close();
  }
}

function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new MpakError('USAGE', `${file} is there already, and a backup takes no file's place.`, {
    hint: 'Name another file.',
  });
}

function temporaryBeside(file: string): string {
  return `${file}.tmp-${process.pid}-${process.hrtime.bigint()}`;
}

function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
