/**
 * Decides on every entry of an archive, from what the directory says of it, before anything of it is unpacked: its
 * name, what kind of file it is, how it is packed, and how much it would become.
 */
import type { DirectoryEntry } from './archive-directory.ts';
import { NameGuard } from './archive-guard-names.ts';
import { checkPath } from './archive-guard-path.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { quote, refuse } from './archive-refusal.ts';

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const SYMLINK = 0o120000;
const ANY_EXECUTE = 0o111;

const DOS_VOLUME = 0x08;
const DOS_FOLDER = 0x10;
const DOS_REPARSE_POINT = 0x400;

const ENCRYPTED = 1 << 0;
const PATCH = 1 << 5;
const STRONGLY_ENCRYPTED = 1 << 6;
const MASKED = 1 << 13;
const AES = 99;

export const STORED = 0;
export const DEFLATED = 8;
/** Deflate codes 258 bytes with 2 bits at best. */
const BEST_DEFLATE_RATIO = 1032;
/** Some writers deflate the nothing that a folder holds. */
const EMPTY_DEFLATE_BYTES = 2;

/** An entry that may be unpacked. */
export interface CheckedEntry {
  /** Below the bundle's folder, with slashes and without one at the end. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** 0o755 or 0o644: of all that an archive can say, whether somebody may execute it. */
  readonly mode: number;
  /** Unpacked, in bytes. */
  readonly size: number;
  readonly compressedSize: number;
  readonly method: typeof STORED | typeof DEFLATED;
  readonly crc: number;
}

/** @throws MpakError at the first entry that is refused */
export function guardEntries(
  entries: readonly DirectoryEntry[],
  archiveBytes: number,
  limits: ArchiveLimits,
): CheckedEntry[] {
  const names = new NameGuard(limits);
  let total = 0;
  return entries.map((entry) => {
    const checked = guardEntry(entry, limits);
    names.add(checked.path, checked.isDirectory);
    total += checked.size;
    if (total > limits.totalBytes) {
      refuse('ARCHIVE_TOTAL_SIZE', `The archive would unpack to more than ${limits.totalBytes} bytes.`);
    }
    if (total > limits.ratioFromBytes && total > limits.ratio * archiveBytes) {
      refuse('ARCHIVE_RATIO', `The archive would unpack to more than ${limits.ratio} times its size.`);
    }
    return checked;
  });
}

function guardEntry(entry: DirectoryEntry, limits: ArchiveLimits): CheckedEntry {
  const name = checkPath(entry.name, limits);
  const isDirectory = name.endsWith('/');
  const path = isDirectory ? name.slice(0, -1) : name;
  checkKind(entry, path, isDirectory);
  const method = checkMethod(entry, path);
  checkSizes(entry, path, limits);
  const { size, compressedSize, crc, attributes } = entry;
  const mode = isDirectory || (attributes >>> 16) & ANY_EXECUTE ? 0o755 : 0o644;
  return { path, isDirectory, mode, size, compressedSize, method, crc };
}

/** A regular file or a folder, and every sign of which agrees. */
function checkKind(
  { attributes, size, compressedSize }: DirectoryEntry,
  path: string,
  isFolder: boolean,
): void {
  const type = (attributes >>> 16) & FILE_TYPE;
  if (type === SYMLINK || attributes & DOS_REPARSE_POINT) {
    refuse('ARCHIVE_SYMLINK', `The entry ${quote(path)} is a symbolic link.`);
  }
  if ((type !== 0 && type !== REGULAR && type !== FOLDER) || attributes & DOS_VOLUME) {
    refuse('ARCHIVE_SPECIAL_FILE', `The entry ${quote(path)} is neither a file nor a folder.`);
  }
  const saysFolder = type === FOLDER || (type === 0 && (attributes & DOS_FOLDER) !== 0);
  const saysFile = type === REGULAR;
  const holdsSomething = size !== 0 || compressedSize > EMPTY_DEFLATE_BYTES;
  if (isFolder ? saysFile || holdsSomething : saysFolder) {
    refuse('ARCHIVE_FOLDER_TYPE', `The entry ${quote(path)} is a file by one sign and a folder by another.`);
  }
}

function checkMethod({ flags, method }: DirectoryEntry, path: string): CheckedEntry['method'] {
  if (flags & (ENCRYPTED | STRONGLY_ENCRYPTED | MASKED) || method === AES) {
    refuse('ARCHIVE_ENCRYPTED', `The entry ${quote(path)} is encrypted.`);
  }
  if ((method !== STORED && method !== DEFLATED) || flags & PATCH) {
    return refuse(
      'ARCHIVE_METHOD',
      `The entry ${quote(path)} is packed by method ${method}, not by deflate.`,
    );
  }
  return method;
}

function checkSizes(
  { method, size, compressedSize }: DirectoryEntry,
  path: string,
  limits: ArchiveLimits,
): void {
  if (size > limits.fileBytes) {
    refuse('ARCHIVE_FILE_SIZE', `The entry ${quote(path)} is larger than ${limits.fileBytes} bytes.`);
  }
  if (method === STORED && size !== compressedSize) {
    refuse('ARCHIVE_STORED_SIZE', `The entry ${quote(path)} is stored as it is, and yet has two sizes.`);
  }
  if (size > compressedSize * BEST_DEFLATE_RATIO) {
    refuse('ARCHIVE_SIZE_LIE', `The entry ${quote(path)} cannot be as large as it says.`);
  }
}
