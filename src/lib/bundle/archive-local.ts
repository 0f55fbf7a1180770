/**
 * Where the data of each entry lies. A reader that streams believes the local headers, all others the directory: here
 * the two must say the same, and the entries must fill the archive from its first byte up to its directory, with no
 * byte between them and none used twice (APPNOTE.TXT 6.3, sections 4.3.7 and 4.3.9).
 */
import { isAscii } from 'node:buffer';
import type { ArchiveBytes } from './archive-bytes.ts';
import type { DirectoryEntry } from './archive-directory.ts';
import { readExtraFields, widenLocal } from './archive-extra.ts';
import { quote, refuse } from './archive-refusal.ts';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DESCRIPTOR = 0x08074b50;
const LONGEST_DESCRIPTOR = 24;
/** Checksum and sizes are behind the data, in a descriptor. */
const STREAMED = 1 << 3;
/** Encryption, descriptor, strong encryption, masking: flags that change how an entry is read. */
const READING_FLAGS = (1 << 0) | STREAMED | (1 << 6) | (1 << 13);
/** The name is UTF-8. macOS leaves it out; then too, it is. */
const UTF8 = 1 << 11;

/**
 * Offsets of the entries' data, in the order of the entries.
 * @param end where the directory starts
 * @throws MpakError
 */
export function locateData(archive: ArchiveBytes, entries: readonly DirectoryEntry[], end: number): number[] {
  const inPlace = entries.map((entry, index) => {
    if (entry.offset + LOCAL_HEADER_BYTES > end) refuseNoHeader(entry);
    return { entry, index };
  });
  inPlace.sort((one, other) => one.entry.offset - other.entry.offset);
  if ((inPlace[0]?.entry.offset ?? 0) > 0) {
    refuse('ARCHIVE_PREPENDED_DATA', 'Something precedes the first entry of the archive.');
  }
  const offsets = new Array<number>(entries.length);
  for (const [order, { entry, index }] of inPlace.entries()) {
    offsets[index] = locate(archive, entry, inPlace[order + 1]?.entry.offset ?? end);
  }
  return offsets;
}

/**
 * Offset of the entry's data.
 * @param next where the next entry starts, or the directory */
function locate(archive: ArchiveBytes, entry: DirectoryEntry, next: number): number {
  const { offset, compressedSize } = entry;
  const name = quote(entry.name.toString());
  const nameStart = offset + LOCAL_HEADER_BYTES;
  const overlaps = (dataStart: number) => {
    if (dataStart + compressedSize > next) {
      refuse('ARCHIVE_OVERLAP', `The entry ${name} reaches into what follows it.`);
    }
  };
  overlaps(nameStart + entry.name.length);
  const header = archive.slice(offset, nameStart);
  if (header.readUInt32LE() !== LOCAL_HEADER) refuseNoHeader(entry);
  const nameEnd = nameStart + header.readUInt16LE(26);
  const dataStart = nameEnd + header.readUInt16LE(28);
  overlaps(dataStart);
  const ownName = archive.slice(nameStart, nameEnd);
  if (!ownName.equals(entry.name)) {
    const other = quote(ownName.toString());
    refuse('ARCHIVE_LOCAL_NAME', `The entry ${name} is called ${other} in its own header.`);
  }
  checkHeader(header, entry, archive.slice(nameEnd, dataStart), name);
  const dataEnd = dataStart + compressedSize;
  if (entry.flags & STREAMED) {
    // One byte more than the longest: what is longer is none.
    const descriptor = archive.slice(dataEnd, Math.min(next, dataEnd + LONGEST_DESCRIPTOR + 1));
    checkDescriptor(descriptor, entry, name);
  } else if (dataEnd !== next) {
    refuse('ARCHIVE_HIDDEN_DATA', `Behind the entry ${name} are ${next - dataEnd} bytes of no entry.`);
  }
  return dataStart;
}

function refuseNoHeader({ name }: DirectoryEntry): never {
  return refuse(
    'ARCHIVE_LOCAL_HEADER',
    `The entry ${quote(name.toString())} is not where the directory says.`,
  );
}

function checkHeader(header: Buffer, entry: DirectoryEntry, extra: Buffer, name: string): void {
  const flags = header.readUInt16LE(6);
  const crc = header.readUInt32LE(14);
  const { size, compressedSize } = widenLocal(
    { compressedSize: header.readUInt32LE(18), size: header.readUInt32LE(22) },
    readExtraFields(extra, entry.name),
  );
  // With a descriptor, what the header leaves open is zero.
  const open = (flags & STREAMED) !== 0;
  const agrees = (local: number, central: number) => local === central || (open && local === 0);
  const compared = isAscii(entry.name) ? READING_FLAGS : READING_FLAGS | UTF8;
  if (
    (flags & compared) !== (entry.flags & compared) ||
    header.readUInt16LE(8) !== entry.method ||
    !agrees(crc, entry.crc) ||
    !agrees(compressedSize, entry.compressedSize) ||
    !agrees(size, entry.size)
  ) {
    refuse('ARCHIVE_LOCAL_FIELDS', `The own header of the entry ${name} contradicts the directory.`);
  }
}

/** The checksum and both sizes, of 4 bytes or in zip64 of 8, with or without a signature in front. */
function checkDescriptor(descriptor: Buffer, entry: DirectoryEntry, name: string): void {
  const signed = descriptor.length === 16 || descriptor.length === 24;
  const wide = descriptor.length === 20 || descriptor.length === 24;
  const at = signed ? 4 : 0;
  const agrees =
    (signed || wide || descriptor.length === 12) &&
    (!signed || descriptor.readUInt32LE(0) === DESCRIPTOR) &&
    descriptor.readUInt32LE(at) === entry.crc &&
    readSize(descriptor, at + 4, wide) === BigInt(entry.compressedSize) &&
    readSize(descriptor, at + (wide ? 12 : 8), wide) === BigInt(entry.size);
  if (!agrees) {
    refuse('ARCHIVE_DESCRIPTOR', `What follows the data of the entry ${name} contradicts the directory.`);
  }
}

function readSize(descriptor: Buffer, at: number, wide: boolean): bigint {
  return wide ? descriptor.readBigUInt64LE(at) : BigInt(descriptor.readUInt32LE(at));
}
