/**
 * Puts a native addon where the system can load it from: a file of this user's that nobody else may write to. A single
 * executable carries its addon inside, and what it finds on the disk may have been put there by anybody.
 */
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { MpakError } from '../lib/errors.ts';

export interface Addon {
  readonly name: string;
  /** Hexadecimal, of its bytes. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export interface Places {
  /** The home of mpak. The addon stays there, and the next start finds it. */
  readonly home: string;
  /** For when that will not do: what is put there is gone when it has been loaded. */
  readonly temporary: () => string;
  /** Of this process; undefined on Windows, where a profile is the user's own by its access list. */
  readonly uid: number | undefined;
}

/** Bytes. */
const PIECE = 1 << 17;
const GROUP_OR_OTHERS_WRITE = 0o022;

/**
 * Loads an addon from the home of mpak, or from a temporary folder when that cannot be written or trusted.
 * @param load throws when the file cannot be loaded from there: `process.dlopen`
 * @throws MpakError IO_FAILED when there is no place for it
 */
export function loadUnpacked<T>(addon: Addon, places: Places, load: (file: string) => T): T {
  let first: unknown;
  try {
    return load(unpackAtHome(addon, places));
  } catch (error) {
    first = error;
  }
  try {
    return loadFromTemporary(addon, places, load);
  } catch (error) {
    const [one, other] = [first, error].map((reason) => (reason as Error).message);
    throw new MpakError('IO_FAILED', `${addon.name} cannot be unpacked: ${one}; ${other}.`, {
      hint: `Let ${places.home} be a folder of yours that only you may write to, on a disk that programs may run from.`,
      cause: error,
    });
  }
}

/**
 * The addon's file under the home of mpak, byte for byte the one that was carried; written when it is not there.
 * @throws when a folder on the way is a link, somebody else's, or others may write to it
 */
export function unpackAtHome(addon: Addon, { home, uid }: Pick<Places, 'home' | 'uid'>): string {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  let folder = home;
  requirePrivate(folder, uid);
  for (const part of ['cli', 'native', addon.sha256]) {
    folder = path.join(folder, part);
    makeFolder(folder);
    requirePrivate(folder, uid);
  }
  const file = path.join(folder, addon.name);
  if (isWhole(file, addon, uid)) return file;
  write(file, addon);
  if (!isWhole(file, addon, uid)) throw new Error(`${file} is not what was written`);
  return file;
}

function loadFromTemporary<T>(addon: Addon, { temporary, uid }: Places, load: (file: string) => T): T {
  const folder = mkdtempSync(path.join(temporary(), 'mpak-'));
  try {
    requirePrivate(folder, uid);
    const file = path.join(folder, addon.name);
    writeFileSync(file, addon.bytes, { mode: 0o600, flag: 'wx' });
    return load(file);
  } finally {
    try {
      // What is loaded stays loaded without its file; Windows keeps the file until the process has ended.
      rmSync(folder, { recursive: true, force: true });
    } catch {}
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The folder itself, not what a link in its place leads to. */
function requirePrivate(folder: string, uid: number | undefined): void {
  const status = lstatSync(folder);
  if (!status.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (uid === undefined) return;
  if (status.uid !== uid) throw new Error(`${folder} belongs to somebody else`);
  if ((status.mode & GROUP_OR_OTHERS_WRITE) !== 0) throw new Error(`${folder} may be written by others`);
}

function isWhole(file: string, { bytes }: Addon, uid: number | undefined): boolean {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined) return false;
  if (!status.isFile() || status.size !== bytes.length) return false;
  if (uid !== undefined && (status.uid !== uid || (status.mode & GROUP_OR_OTHERS_WRITE) !== 0)) return false;
  // The bytes themselves are at hand: comparing them costs less than hashing them, and says more.
  return hasBytes(file, bytes);
}

/** In pieces that stay in the processor's cache: it is done at every start. */
function hasBytes(file: string, bytes: Uint8Array): boolean {
  const piece = Buffer.allocUnsafeSlow(PIECE);
  const handle = openSync(file, 'r');
  try {
    let done = 0;
    for (;;) {
      const read = readSync(handle, piece);
      if (read === 0) return done === bytes.length;
      if (piece.compare(bytes, done, done + read, 0, read) !== 0) return false;
      done += read;
    }
  } finally {
    closeSync(handle);
  }
}

/** Whoever else is at it writes the same: the last rename wins. */
function write(file: string, { bytes }: Addon): void {
  const temporary = `${file}.tmp-${process.pid}-${process.hrtime.bigint()}`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx' });
    chmodSync(temporary, 0o600);
    const there = lstatSync(file, { throwIfNoEntry: false });
    // A rename replaces a file and a link, not a folder.
    if (there?.isDirectory()) rmSync(file, { recursive: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    // On Windows a file that another process has loaded is not replaced; it may be the right one.
    if (process.platform !== 'win32') throw error;
  }
}
