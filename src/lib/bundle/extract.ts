/**
 * Writes a checked archive to the disk. Every folder and file is made by us, exclusively, in a folder that nobody else
 * may write to, so no link is ever followed; every file is unpacked and verified in memory before it is written.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { syncFolder } from '../files.ts';
import { systemError } from '../system-error.ts';
import type { CheckedArchive } from './archive.ts';
import { quote, refuse } from './archive-refusal.ts';
import { ASIDE_PREFIX } from './aside.ts';
import { flushTree } from './flush.ts';

const FOLDER_MODE = 0o755;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Unpacks an archive beside its target and renames it into place: `target` is there whole or not at all.
 * @param target must not exist; the folder that it will be in must
 * @throws MpakError when an entry is not what it said, or the disk fails; nothing is left then
 */
export function extractAside(archive: CheckedArchive, target: string): void {
  const parent = path.dirname(target);
  let aside: string | undefined;
  try {
    // Only its owner may enter it, until it is whole.
    aside = mkdtempSync(path.join(parent, ASIDE_PREFIX));
    extractArchive(archive, aside);
    chmodSync(aside, FOLDER_MODE);
    // An empty folder would be replaced without a word.
    if (existsSync(target)) throw new MpakError('IO_FAILED', `${target} is there already.`);
    renameSync(aside, target);
    syncFolder(parent);
  } catch (error) {
    if (aside !== undefined) removeQuietly(aside);
    throw systemError(error) ?? error;
  }
}

/**
 * Unpacks an archive into an empty folder that belongs to the caller, who removes it when this throws. When it returns,
 * every byte is on the disk.
 * @throws MpakError when an entry is not what it said, or the disk fails
 */
export function extractArchive(archive: CheckedArchive, folder: string): void {
  const made = new Set<string>(['']);
  const files: string[] = [];
  try {
    for (const entry of archive.entries) {
      if (entry.isDirectory) makeFolder(folder, entry.path, made);
      else {
        makeFolder(folder, parentOf(entry.path), made);
        const file = path.join(folder, entry.path);
        writeFile(file, archive.read(entry), entry.mode);
        files.push(file);
      }
    }
    flushTree(
      folder,
      files,
      [...made].map((relative) => path.join(folder, relative)),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') refuseExisting(folder, error);
    throw systemError(error) ?? error;
  }
}

/** @param mode irrespective of the umask, and never more */
function writeFile(file: string, content: Buffer, mode: number): void {
  const handle = openSync(file, CREATE, mode);
  try {
    fchmodSync(handle, mode);
    writeFileSync(handle, content);
  } finally {
    closeSync(handle);
  }
}

/** Makes the folder, and those above it, unless it made them before. */
function makeFolder(root: string, relative: string, made: Set<string>): void {
  if (made.has(relative)) return;
  makeFolder(root, parentOf(relative), made);
  const folder = path.join(root, relative);
  mkdirSync(folder, FOLDER_MODE);
  // Also takes away what the folder above hands down.
  chmodSync(folder, FOLDER_MODE);
  made.add(relative);
}

/** Of a path with slashes; empty at the top. */
function parentOf(relative: string): string {
  return relative.slice(0, Math.max(0, relative.lastIndexOf('/')));
}

/** The guard knows the names that common file systems take for one; another one may know more. */
function refuseExisting(folder: string, error: unknown): never {
  const existing = path.relative(folder, (error as NodeJS.ErrnoException).path ?? folder);
  return refuse('ARCHIVE_DUPLICATE', `This file system takes ${quote(existing)} for another entry.`, error);
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // What went wrong before is what the user has to know.
  }
}
