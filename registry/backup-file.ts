/** A file that should be a backup, before and while it is read: what is wrong with it, in the operator's words. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { MpakError } from '../src/lib/errors.ts';

/** What every database of SQLite begins with. */
const HEADER = 'SQLite format 3\0';

/** Reads a backup. @throws MpakError NOT_FOUND, INDEX_UNREADABLE when it is none; what `read` throws */
export function readBackup<T>(file: string, read: () => T): T {
  requireDatabase(file);
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as { code?: string };
    // Whatever SQLite says of a damaged file, and what a client would mend by a sync.
    if (!/^SQLITE_(CORRUPT|NOTADB|ERROR|CANTOPEN)|^INDEX_(UNREADABLE|MISSING)$/.test(code)) throw error;
    throw noBackup(file, (error as Error).message.replace(/\.$/, ''), error);
  }
}

function requireDatabase(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new MpakError('NOT_FOUND', `There is no file ${file}.`);
  if (stats.isDirectory()) throw noBackup(file, 'it is a folder');
  if (!stats.isFile()) throw noBackup(file, 'it is no regular file');
  if (stats.size === 0) throw noBackup(file, 'it is empty');
  const header = Buffer.alloc(HEADER.length);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, header.length, 0);
  } finally {
    closeSync(handle);
  }
  if (header.toString('latin1') !== HEADER) throw noBackup(file, 'it is no database');
}

function noBackup(file: string, why: string, cause?: unknown): MpakError {
  return new MpakError('INDEX_UNREADABLE', `${file} is no backup of a registry: ${why}.`, {
    hint: 'Name another one; `mpak-registry backup FILE` makes one.',
    cause,
  });
}
