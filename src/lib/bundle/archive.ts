/**
 * A bundle as a file: a zip archive with `manifest.json` at its top. It is hostile until it has passed the guard, which
 * sees every entry, and all of the archive's structure, before one byte is unpacked. docs/archives.md has the rules.
 *
 * The bytes are read once, by our own parser: docs/decisions/0006-one-reader-of-archives.md.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { systemError } from '../system-error.ts';
import { type ArchiveBytes, bytesInFile, bytesInMemory } from './archive-bytes.ts';
import { readDirectory } from './archive-directory.ts';
import { findDirectory } from './archive-end.ts';
import { type CheckedEntry, guardEntries } from './archive-guard.ts';
import { unpackEntry } from './archive-inflate.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from './archive-limits.ts';
import { locateData } from './archive-local.ts';
import { refuse } from './archive-refusal.ts';
import { type BundleManifest, MANIFEST_PATH, MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';

/** An archive whose every entry may be unpacked; whether it is a bundle has not been looked at. */
export interface GuardedArchive {
  /** In the order of the archive's directory. */
  readonly entries: readonly CheckedEntry[];
  /**
   * The content of a file, whole and checked; it may share memory with the archive.
   * @throws MpakError when it is not what the archive declares
   */
  read(entry: CheckedEntry): Buffer;
}

/** One with a manifest at its top; what that says has not been looked at. */
export interface OpenArchive extends GuardedArchive {
  /** As it is in the archive. */
  readonly manifestBytes: Buffer;
}

/** An archive whose every entry may be unpacked, and whose manifest is valid. */
export interface CheckedArchive extends OpenArchive {
  readonly manifest: BundleManifest;
}

/**
 * Reads and checks an archive and its manifest.
 * @throws MpakError, with a code of its own for each reason
 */
export function readArchive(
  source: string | Uint8Array,
  limits: Partial<ArchiveLimits> = {},
): CheckedArchive {
  const archive = openArchive(source, limits);
  return { ...archive, manifest: parseManifest(archive.manifestBytes) };
}

/**
 * Reads and checks an archive, for whoever judges the manifest himself.
 * @param source a file's path, or the archive itself: then what was hashed is what is read
 * @throws MpakError, with a code of its own for each reason
 */
export function openArchive(source: string | Uint8Array, limits: Partial<ArchiveLimits> = {}): OpenArchive {
  const { entries, read } = guardArchive(source, limits);
  return { entries, manifestBytes: read(findManifest(entries)), read };
}

/**
 * Reads and checks an archive, with or without a manifest in it.
 * @throws MpakError, with a code of its own for each reason
 */
export function guardArchive(
  source: string | Uint8Array,
  limits: Partial<ArchiveLimits> = {},
): GuardedArchive {
  const all = { ...ARCHIVE_LIMITS, ...limits };
  const bytes = typeof source === 'string' ? readFile(source, all) : asBuffer(source);
  return guard(bytesInMemory(bytes), all);
}

/**
 * The same of an archive that is too large for memory: it is read from its file, piece by piece, and closed by the caller.
 * Whoever can write to the file can exchange what the guard saw, so what is read is checked by its size and checksum
 * alone: not for bundles.
 * @throws MpakError, with a code of its own for each reason
 */
export function guardArchiveFile(
  file: string,
  limits: Partial<ArchiveLimits> = {},
): GuardedArchive & { close(): void } {
  const all = { ...ARCHIVE_LIMITS, ...limits };
  const handle = openSync(file, 'r');
  try {
    const archive = guard(bytesInFile(handle, fstatSync(handle).size), all);
    return { ...archive, close: () => closeSync(handle) };
  } catch (error) {
    closeSync(handle);
    throw systemError(error) ?? error;
  }
}

function guard(archive: ArchiveBytes, limits: ArchiveLimits): GuardedArchive {
  checkLength(archive.length, limits);
  const directory = findDirectory(archive);
  const declared = readDirectory(archive, directory, limits);
  if (declared.length === 0) refuse('ARCHIVE_EMPTY', 'The archive is empty.');
  const entries = guardEntries(declared, archive.length, limits);
  const offsets = locateData(archive, declared, directory.start);
  const starts = new Map(entries.map((entry, index) => [entry, offsets[index] as number]));
  return {
    entries,
    read(entry) {
      const start = starts.get(entry) as number;
      return unpackEntry(archive.slice(start, start + entry.compressedSize), entry);
    },
  };
}

function findManifest(entries: readonly CheckedEntry[]): CheckedEntry {
  const entry = entries.find(({ path }) => path === MANIFEST_PATH);
  if (entry === undefined) return refuse('MANIFEST_MISSING', 'The archive has no manifest.json at its top.');
  if (entry.isDirectory) refuse('MANIFEST_NOT_A_FILE', 'manifest.json is a folder in the archive.');
  if (entry.size > MAX_MANIFEST_BYTES) {
    refuse('MANIFEST_TOO_LARGE', `manifest.json is larger than ${MAX_MANIFEST_BYTES} bytes.`);
  }
  return entry;
}

function readFile(file: string, limits: ArchiveLimits): Buffer {
  try {
    const handle = openSync(file, 'r');
    try {
      const status = fstatSync(handle);
      // A folder fails as it is read, in the system's words.
      if (!status.isFile() && !status.isDirectory()) refuse('ARCHIVE_NOT_ZIP', `${file} is no file.`);
      checkLength(status.size, limits);
      return readFileSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw systemError(error) ?? error;
  }
}

function checkLength(length: number, limits: ArchiveLimits): void {
  if (length > limits.archiveBytes) {
    refuse('ARCHIVE_TOO_LARGE', `The archive is larger than ${limits.archiveBytes} bytes.`);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
