/**
 * The end of a zip archive, from which it is read: the end-of-central-directory record and, where there is one, its
 * zip64 form (APPNOTE.TXT 6.3, sections 4.3.14 to 4.3.16). Readers differ in which record they believe when several
 * could be meant, so exactly one must be possible, and it must lie right behind the directory that it describes.
 */
import type { ArchiveBytes } from './archive-bytes.ts';
import { quote, refuse } from './archive-refusal.ts';

const END = 0x06054b50;
const END_SIGNATURE = Buffer.from('PK\x05\x06');
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const ZIP64_END = 0x06064b50;
const ZIP64_END_BYTES = 56;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;

/** Around the signature that `mcpb sign` appends to an archive. */
const SIGNATURE_START = Buffer.from('MCPB_SIG_V1');
const SIGNATURE_END = Buffer.from('MCPB_SIG_END');
/** A PKCS #7 signature with its certificates has a few thousand bytes. */
const MAX_SIGNATURE_BYTES = 64 * 1024;

/** Where the central directory lies, in bytes from the archive's start, and how many entries it declares. */
export interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** More than an end, its comment and a signature take. */
const TAIL_BYTES = 1024 * 1024;

/** @throws MpakError unless the archive has one end and its directory lies right before that */
export function findDirectory(archive: ArchiveBytes): Directory {
  const before = Math.max(0, archive.length - TAIL_BYTES);
  const tail = archive.slice(before, archive.length);
  const end = findEnd(tail) ?? refuseOther(archive);
  const short = readEnd(tail, end, before);
  const record = readZip64End(tail, end, before, short) ?? short;
  if (record.disk !== 0 || record.directoryDisk !== 0) refuseParts();
  if (record.countHere !== record.count) {
    refuse('ARCHIVE_ENTRY_COUNT', 'The archive states two different numbers of entries.');
  }
  const declaredEnd = record.start + record.size;
  if (declaredEnd !== record.at) refuseMisplaced(archive, record.at, record.size, declaredEnd);
  return { start: record.start, end: record.at, count: record.count };
}

/** Where the one record that can be meant is in the archive's last bytes; undefined when there is none. */
function findEnd(bytes: Buffer): number | undefined {
  const archiveEnd = withoutSignature(bytes);
  const lowest = Math.max(0, archiveEnd - END_BYTES - MAX_COMMENT_BYTES);
  const found: number[] = [];
  let last = -1;
  for (let at = archiveEnd - END_BYTES; at >= lowest; at -= 1) {
    if (bytes[at] !== 0x50 || bytes.readUInt32LE(at) !== END) continue;
    if (last === -1) last = at;
    if (at + END_BYTES + bytes.readUInt16LE(at + 20) === archiveEnd) found.push(at);
  }
  if (last === -1) return undefined;
  // Lenient readers take the last record, wherever its comment ends.
  if (found.length > 1 || (found.length === 1 && found[0] !== last)) {
    return refuseTwoEnds();
  }
  return found[0] ?? refuse('ARCHIVE_TRAILING_DATA', 'Something follows the end of the archive.');
}

/**
 * Where the zip archive ends that `mcpb sign` may have appended its signature to. Readers that know nothing of signatures
 * look for an end in it too: there must be none.
 * @throws MpakError ARCHIVE_TWO_ENDS, ARCHIVE_TRAILING_DATA
 */
function withoutSignature(bytes: Buffer): number {
  if (!bytes.subarray(-SIGNATURE_END.length).equals(SIGNATURE_END)) return bytes.length;
  const start = bytes.lastIndexOf(SIGNATURE_START);
  const around = SIGNATURE_START.length + 4 + SIGNATURE_END.length;
  if (start === -1 || start + around > bytes.length) return bytes.length;
  const declared = bytes.readUInt32LE(start + SIGNATURE_START.length);
  if (start + around + declared !== bytes.length) return bytes.length;
  if (declared > MAX_SIGNATURE_BYTES) {
    refuse('ARCHIVE_TRAILING_DATA', `The archive has a signature of more than ${MAX_SIGNATURE_BYTES} bytes.`);
  }
  if (bytes.subarray(start).includes(END_SIGNATURE)) refuseTwoEnds();
  return start;
}

interface EndRecord {
  /** From the archive's start. */
  readonly at: number;
  readonly disk: number;
  readonly directoryDisk: number;
  readonly countHere: number;
  readonly count: number;
  readonly size: number;
  readonly start: number;
}

/** @param before bytes of the archive before these */
function readEnd(bytes: Buffer, at: number, before: number): EndRecord {
  return {
    at: before + at,
    disk: bytes.readUInt16LE(at + 4),
    directoryDisk: bytes.readUInt16LE(at + 6),
    countHere: bytes.readUInt16LE(at + 8),
    count: bytes.readUInt16LE(at + 10),
    size: bytes.readUInt32LE(at + 12),
    start: bytes.readUInt32LE(at + 16),
  };
}

/** The zip64 record, when a locator right before the end announces one. */
function readZip64End(bytes: Buffer, end: number, before: number, short: EndRecord): EndRecord | undefined {
  const locator = end - ZIP64_LOCATOR_BYTES;
  if (locator < 0 || bytes.readUInt32LE(locator) !== ZIP64_LOCATOR) {
    const announced = short.count === 0xffff || short.size === 0xffffffff || short.start === 0xffffffff;
    if (announced) refuse('ARCHIVE_LARGE_FORMAT', 'The archive announces a zip64 record that is not there.');
    return undefined;
  }
  const at = locator - ZIP64_END_BYTES;
  if (
    at < 0 ||
    bytes.readBigUInt64LE(locator + 8) !== BigInt(before + at) ||
    bytes.readUInt32LE(at) !== ZIP64_END ||
    bytes.readBigUInt64LE(at + 4) !== BigInt(ZIP64_END_BYTES - 12)
  ) {
    refuse('ARCHIVE_LARGE_FORMAT', 'The zip64 record of the archive is not where it should be.');
  }
  if (bytes.readUInt32LE(locator + 4) !== 0 || bytes.readUInt32LE(locator + 16) > 1) refuseParts();
  const long = {
    at: before + at,
    disk: bytes.readUInt32LE(at + 16),
    directoryDisk: bytes.readUInt32LE(at + 20),
    countHere: safeNumber(bytes, at + 24),
    count: safeNumber(bytes, at + 32),
    size: safeNumber(bytes, at + 40),
    start: safeNumber(bytes, at + 48),
  };
  const agrees = (inShort: number, inLong: number, saturated: number) =>
    inShort === saturated || inShort === inLong;
  if (
    !agrees(short.disk, long.disk, 0xffff) ||
    !agrees(short.directoryDisk, long.directoryDisk, 0xffff) ||
    !agrees(short.countHere, long.countHere, 0xffff) ||
    !agrees(short.count, long.count, 0xffff) ||
    !agrees(short.size, long.size, 0xffffffff) ||
    !agrees(short.start, long.start, 0xffffffff)
  ) {
    refuse('ARCHIVE_LARGE_FORMAT', 'The zip64 record of the archive contradicts its end.');
  }
  return long;
}

/** A 64 bit number, as far as a file can be that long. */
export function safeNumber(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    refuse('ARCHIVE_LARGE_FORMAT', 'The archive states a size that no file can have.');
  }
  return Number(value);
}

function refuseParts(): never {
  return refuse('ARCHIVE_MULTI_DISK', 'The archive is one part of several.');
}

function refuseTwoEnds(): never {
  return refuse('ARCHIVE_TWO_ENDS', 'The archive has two ends, so two readers could see two archives.');
}

function refuseMisplaced(archive: ArchiveBytes, end: number, size: number, declaredEnd: number): never {
  const actual = end - size;
  const isThere = actual >= 0 && archive.slice(actual, actual + 4).readUInt32LE() === CENTRAL_HEADER;
  if (declaredEnd < end && isThere) {
    refuse('ARCHIVE_PREPENDED_DATA', `The archive is preceded by ${end - declaredEnd} bytes of something.`);
  }
  return refuse('ARCHIVE_DIRECTORY', 'The directory of the archive is not right before its end.');
}

const OTHERS: readonly (readonly [name: string, at: number, magic: string])[] = [
  ['a gzip file', 0, '\x1f\x8b'],
  ['a tar archive', 257, 'ustar'],
  ['a bzip2 file', 0, 'BZh'],
  ['an xz file', 0, '\xfd7zXZ'],
  ['a zstd file', 0, '\x28\xb5\x2f\xfd'],
  ['a 7z archive', 0, '7z\xbc\xaf'],
  ['a rar archive', 0, 'Rar!'],
  ['a web page', 0, '<'],
];

function refuseOther(archive: ArchiveBytes): never {
  const bytes = archive.slice(0, Math.min(512, archive.length));
  if (bytes.length === 0) refuse('ARCHIVE_NOT_ZIP', 'The file is empty.');
  if (bytes.length >= 4 && bytes.readUInt32LE(0) === LOCAL_HEADER) {
    refuse('ARCHIVE_TRUNCATED', 'The archive has no end: it was cut off.');
  }
  const other = OTHERS.find(([, at, magic]) => bytes.toString('latin1', at, at + magic.length) === magic);
  const what = other?.[0] ?? `something that starts with ${quote(bytes.toString('latin1', 0, 8))}`;
  return refuse('ARCHIVE_NOT_ZIP', `The file is no zip archive, but ${what}.`);
}
