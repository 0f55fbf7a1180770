/**
 * Writes a zip archive (APPNOTE.TXT 6.3) of which every byte follows from its files' paths and contents and one date:
 * no time zone, no user, no extra field, no order of a file system, and one deflate for all machines.
 * docs/decisions/0008-one-writer-of-archives.md says why it is our own.
 */
import { crc32 } from 'node:zlib';
import { deflateSync } from 'fflate';
import { isProgram } from './program.ts';

export interface ZipFile {
  /** With slashes. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Whether it is marked as a program, by mode 0755 instead of 0644. */
  readonly executable?: boolean;
}

const LEVEL = 9;
const STORED = 0;
const DEFLATED = 8;
/** 2.0: deflate; made on Unix, so that modes count. */
const VERSION = 20;
const MADE_BY = (3 << 8) | VERSION;
const UTF8_NAME = 1 << 11;
const REGULAR = 0o100000;

/** What the directory repeats of an entry. */
interface Placed {
  readonly name: Buffer;
  /** From the version to both sizes: the same bytes in both headers. */
  readonly fields: Buffer;
  readonly mode: number;
  readonly offset: number;
}

/**
 * The archive, without zip64: what is larger is no bundle.
 * @param files in any order, each path once
 * @param date entries are of this second, in UTC, or the even one before it; from 1980 to 2107
 */
export function writeZip(files: readonly ZipFile[], date: Date): Buffer {
  const time = dosTime(date);
  const chunks: Buffer[] = [];
  const placed: Placed[] = [];
  let offset = 0;
  const append = (...parts: Buffer[]) => {
    for (const part of parts) offset += part.length;
    chunks.push(...parts);
  };
  const named = files.map((file) => ({ ...file, name: Buffer.from(file.path) }));
  named.sort((one, other) => Buffer.compare(one.name, other.name));
  for (const { name, content, executable } of named) {
    const { method, packed } = pack(content);
    const fields = fixedFields(method, time, content, packed, name);
    const mode = executable === true || isProgram(content) ? 0o755 : 0o644;
    placed.push({ name, fields, mode, offset });
    append(localSignature(), fields, name, packed);
  }
  const start = offset;
  for (const entry of placed) append(centralHeader(entry), entry.name);
  append(end(placed.length, start, offset - start));
  return Buffer.concat(chunks);
}

/** By content alone: stored where deflate gains nothing. */
function pack(content: Uint8Array): { method: number; packed: Buffer } {
  const deflated = deflateSync(content, { level: LEVEL });
  return deflated.length < content.length
    ? { method: DEFLATED, packed: asBuffer(deflated) }
    : { method: STORED, packed: asBuffer(content) };
}

function localSignature(): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(0x04034b50);
  return bytes;
}

function fixedFields(
  method: number,
  time: number,
  content: Uint8Array,
  packed: Buffer,
  name: Buffer,
): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(UTF8_NAME, 2);
  bytes.writeUInt16LE(method, 4);
  bytes.writeUInt32LE(time, 6);
  bytes.writeUInt32LE(crc32(content), 10);
  bytes.writeUInt32LE(packed.length, 14);
  bytes.writeUInt32LE(content.length, 18);
  bytes.writeUInt16LE(name.length, 22);
  return bytes;
}

function centralHeader({ fields, mode, offset }: Placed): Buffer {
  const bytes = Buffer.alloc(46);
  bytes.writeUInt32LE(0x02014b50, 0);
  bytes.writeUInt16LE(MADE_BY, 4);
  fields.copy(bytes, 6);
  bytes.writeUInt32LE(((REGULAR | mode) << 16) >>> 0, 38);
  bytes.writeUInt32LE(offset, 42);
  return bytes;
}

function end(count: number, start: number, size: number): Buffer {
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(0x06054b50, 0);
  bytes.writeUInt16LE(count, 8);
  bytes.writeUInt16LE(count, 10);
  bytes.writeUInt32LE(size, 12);
  bytes.writeUInt32LE(start, 16);
  return bytes;
}

/** Date in the upper half, time in the lower one. */
function dosTime(date: Date): number {
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
