/** The central directory of a zip archive, entry by entry, as its bytes say (APPNOTE.TXT 6.3, section 4.3.12). */
import type { ArchiveBytes } from './archive-bytes.ts';
import type { Directory } from './archive-end.ts';
import { readExtraFields, widen } from './archive-extra.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { refuse } from './archive-refusal.ts';

const CENTRAL_HEADER = 0x02014b50;
const CENTRAL_HEADER_BYTES = 46;

/** What the directory says of an entry; nothing of it is believed yet. */
export interface DirectoryEntry {
  readonly name: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** External attributes: the upper half is a Unix mode, the lower one MS-DOS attributes. */
  readonly attributes: number;
  /** Of its local header, from the archive's start. */
  readonly offset: number;
}

/** @throws MpakError unless the directory holds exactly the entries that it declares, and not too many */
export function readDirectory(
  archive: ArchiveBytes,
  directory: Directory,
  limits: ArchiveLimits,
): DirectoryEntry[] {
  const { count } = directory;
  if (count > limits.entries) {
    refuse('ARCHIVE_ENTRY_LIMIT', `The archive has ${count} entries; ${limits.entries} are allowed.`);
  }
  const bytes = archive.slice(directory.start, directory.end);
  const end = bytes.length;
  const entries: DirectoryEntry[] = [];
  let at = 0;
  while (at < end) {
    if (at + CENTRAL_HEADER_BYTES > end || bytes.readUInt32LE(at) !== CENTRAL_HEADER) {
      refuse('ARCHIVE_DIRECTORY', `The directory of the archive is damaged after ${entries.length} entries.`);
    }
    if (entries.length === count) {
      refuse('ARCHIVE_ENTRY_COUNT', `The archive declares ${count} entries and has more.`);
    }
    const nameEnd = at + CENTRAL_HEADER_BYTES + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    if (next > end) refuse('ARCHIVE_DIRECTORY', 'An entry reaches beyond the directory of the archive.');
    entries.push(readEntry(bytes, at, nameEnd, extraEnd));
    at = next;
  }
  if (entries.length !== count) {
    refuse('ARCHIVE_ENTRY_COUNT', `The archive declares ${count} entries and has ${entries.length}.`);
  }
  return entries;
}

function readEntry(bytes: Buffer, at: number, nameEnd: number, extraEnd: number): DirectoryEntry {
  const name = bytes.subarray(at + CENTRAL_HEADER_BYTES, nameEnd);
  const disk = bytes.readUInt16LE(at + 34);
  if (disk !== 0) refuse('ARCHIVE_MULTI_DISK', 'An entry of the archive is in another part of it.');
  const numbers = {
    compressedSize: bytes.readUInt32LE(at + 20),
    size: bytes.readUInt32LE(at + 24),
    offset: bytes.readUInt32LE(at + 42),
  };
  const fields = readExtraFields(bytes.subarray(nameEnd, extraEnd), name);
  return {
    name,
    flags: bytes.readUInt16LE(at + 8),
    method: bytes.readUInt16LE(at + 10),
    crc: bytes.readUInt32LE(at + 16),
    attributes: bytes.readUInt32LE(at + 38),
    ...widen(numbers, fields, name),
  };
}
