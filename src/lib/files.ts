/** Files that are whole or not there. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { requireRegularFile } from './regular-file.ts';

/** How the name of a file ends that `writeFileAtomic` is making; a process that was killed leaves it behind. */
export const UNFINISHED = /\.tmp-\d+-\d+$/;

/**
 * Replaces a file in one step: a reader, or a crash at any point, sees the old content or the new.
 * @param mode permission bits of the new file
 * @throws MpakError USAGE for a device, a pipe or a folder, which a rename would put a file in the place of
 */
export function writeFileAtomic(file: string, content: string, mode = 0o644): void {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) requireRegularFile(file);
  // Not by process id alone: two containers that share a home may have the same.
  const temporary = `${file}.tmp-${process.pid}-${process.hrtime.bigint()}`;
  try {
    writeFileSync(temporary, content, { mode, flush: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(path.dirname(file));
}

/** The text of a file, or undefined when there is none. @throws MpakError USAGE when it is a pipe or a device */
export function readTextIfThere(file: string): string | undefined {
  return readIfThere(file)?.toString('utf8');
}

/** The content of a file, or undefined when there is none. @throws MpakError USAGE when it is a pipe or a device */
export function readIfThere(file: string): Buffer | undefined {
  try {
    requireRegularFile(file);
    return readFileSync(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that a file, or a folder that it would be in, is not there. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Makes a rename in a folder last through a power cut. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
