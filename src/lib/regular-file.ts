/** Reads a file that somebody else may have put there: never a pipe or a device, and never more than was bargained for. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { MpakError } from './errors.ts';

/** Opening a pipe must not wait for a writer. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The content of a regular file, or of the one that a link leads to.
 * @param options.most bytes; one more is asked for, so that a file that grows is noticed
 * @param options.tooLarge says so
 * @throws MpakError USAGE when it is something else, and what the system throws when it cannot be read
 */
export function readRegularFile(
  file: string,
  { most, tooLarge }: { readonly most: number; readonly tooLarge: () => Error },
): Buffer {
  // Before it is opened: that alone may set a device going.
  requireRegularFile(file);
  const handle = openSync(file, READ);
  try {
    const stat = fstatSync(handle);
    refuseOther(file, stat.isFile());
    if (stat.size > most) throw tooLarge();
    const bytes = Buffer.alloc(stat.size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(handle, bytes, length, bytes.length - length, null);
    if (length > stat.size)
      throw new MpakError('IO_FAILED', `${file} grew while it was read.`, { hint: 'Try again.' });
    return bytes.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}

/** @throws MpakError USAGE when it is something else, and what the system throws when it is not there */
export function requireRegularFile(file: string): void {
  refuseOther(file, statSync(file).isFile());
}

function refuseOther(file: string, isFile: boolean): void {
  if (isFile) return;
  throw new MpakError('USAGE', `${file} is no regular file.`, {
    hint: 'Folders, pipes and devices are not read. Copy what you mean into a file.',
  });
}
