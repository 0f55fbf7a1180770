/** Errors of the operating system and of SQLite that a user can cause, in words: a full disk, a missing permission. */
import { MpakError } from './errors.ts';

const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'files may not become that large here',
  EACCES: 'permission was denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'the path is a folder',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'there is no such file or folder',
  EEXIST: 'something of that name is in the way',
  ENOTEMPTY: 'the folder is not empty',
  EBUSY: 'it is in use',
  ELOOP: 'there are too many links in the path',
  ENXIO: 'it is a device that does not answer',
  EIO: 'the disk failed',
};

/** `rmSync` of Node 26 says some errors in words alone, with an empty code. */
const UNCODED: readonly (readonly [RegExp, keyof typeof SYSTEM])[] = [
  [/Read-only file system/, 'EROFS'],
  [/No space left on device/, 'ENOSPC'],
  [/Permission denied/, 'EACCES'],
  [/Operation not permitted/, 'EPERM'],
];

/** What a file system or SQLite error means, or undefined when it is none that a user can cause. */
export function systemError(error: unknown): MpakError | undefined {
  const { code, path, message } = (error ?? {}) as { code?: unknown; path?: unknown; message?: unknown };
  if (typeof code !== 'string') return undefined;
  const meaning = SYSTEM[code || uncoded(message)];
  if (meaning !== undefined) {
    const subject = typeof path === 'string' ? path : 'A file';
    return new MpakError('IO_FAILED', `${subject} could not be used: ${meaning}.`, {
      hint: 'Nothing was left half done. Mend that and run the command again.',
      cause: error,
    });
  }
  if (/^SQLITE_(FULL|IOERR|READONLY|PERM|CANTOPEN)/.test(code)) {
    return new MpakError('IO_FAILED', `A database could not be used: ${String(message)}.`, {
      hint: 'Is the disk full, or the folder not yours to write? Nothing was left half done.',
      cause: error,
    });
  }
  // An index lacks a table, or has rows that contradict each other, only when somebody else has changed it.
  if (/^SQLITE_(CORRUPT|NOTADB|CONSTRAINT)/.test(code) || isIncomplete(code, message)) {
    return new MpakError('INDEX_UNREADABLE', `A database is damaged: ${String(message)}.`, {
      hint: 'Run `mpak sync --full` to fetch the index again.',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new MpakError('BUSY', 'A database is in use by another process.', {
      hint: 'Try again when it has finished.',
      cause: error,
    });
  }
  return undefined;
}

function uncoded(message: unknown): string {
  return UNCODED.find(([words]) => words.test(String(message)))?.[1] ?? '';
}

function isIncomplete(code: string, message: unknown): boolean {
  return code === 'SQLITE_ERROR' && /^no such (table|column): /.test(String(message));
}
