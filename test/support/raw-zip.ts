/** Zip archives made by hand, byte by byte, so that each can lie in one way (APPNOTE.TXT 6.3). */
import { crc32, deflateRawSync } from 'node:zlib';
import type { ErrorCode } from '../../src/lib/errors.ts';
import { makeBundle } from './mcpb.ts';

export const STORED = 0;
export const DEFLATED = 8;
const STREAMED = 1 << 3;
const UTF8 = 1 << 11;
export const REGULAR = 0o100644;

/** An entry as it should be, and where its two headers say something else. */
export interface RawEntry {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  readonly method?: number;
  /** Instead of the content, packed. */
  readonly packed?: Buffer;
  /** Unix mode with its type. */
  readonly mode?: number;
  readonly flags?: number;
  /** Behind the data. */
  readonly descriptor?: Buffer;
  /** In front of the local header: bytes of no entry. */
  readonly before?: Buffer;
  /** No local header and no data are written. */
  readonly withoutData?: boolean;
  readonly central?: Partial<Header>;
  readonly local?: Partial<Header>;
}

interface Header {
  readonly name: string | Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly extra: Buffer;
  readonly attributes: number;
  readonly disk: number;
  readonly offset: number;
}

/** The end record, where it says something else. */
interface End {
  readonly disk?: number;
  readonly countHere?: number;
  readonly count?: number;
  readonly size?: number;
  readonly start?: number;
  readonly comment?: Buffer;
}

export function rawZip(entries: readonly RawEntry[], end: End = {}, beforeEnd = noZip64): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  const write = (bytes: Buffer) => {
    files.push(bytes);
    offset += bytes.length;
  };
  for (const entry of entries) {
    write(entry.before ?? Buffer.alloc(0));
    const content = Buffer.from(entry.content ?? '');
    const method = entry.method ?? (content.length > 0 ? DEFLATED : STORED);
    const packed = entry.packed ?? (method === DEFLATED ? deflateRawSync(content) : content);
    const header: Header = {
      name: entry.name,
      flags: entry.flags ?? UTF8,
      method,
      crc: crc32(content),
      compressedSize: packed.length,
      size: content.length,
      extra: Buffer.alloc(0),
      attributes: (entry.mode ?? REGULAR) * 0x10000,
      disk: 0,
      offset,
    };
    directory.push(centralHeader({ ...header, ...entry.central }));
    if (entry.withoutData) continue;
    write(localHeader({ ...header, ...entry.local }));
    write(packed);
    write(entry.descriptor ?? Buffer.alloc(0));
  }
  const size = Buffer.concat(directory).length;
  const layout = { count: entries.length, size, start: offset };
  return Buffer.concat([...files, ...directory, beforeEnd(layout), endRecord({ ...layout, ...end })]);
}

interface Layout {
  readonly count: number;
  readonly size: number;
  readonly start: number;
}

export function noZip64(_layout: Layout): Buffer {
  return Buffer.alloc(0);
}

/** The zip64 record and its locator. @param changes to what they say */
export function zip64End(changes: Partial<Layout & { at: number; recordBytes: number }> = {}) {
  return (layout: Layout): Buffer => {
    const { count, size, start, at, recordBytes } = {
      ...layout,
      at: layout.start + layout.size,
      recordBytes: 44,
      ...changes,
    };
    const bytes = Buffer.alloc(76);
    bytes.writeUInt32LE(0x06064b50, 0);
    bytes.writeBigUInt64LE(BigInt(recordBytes), 4);
    bytes.writeUInt16LE(45, 12);
    bytes.writeUInt16LE(45, 14);
    for (const [index, value] of [count, count, size, start].entries()) {
      bytes.writeBigUInt64LE(BigInt(value), 24 + 8 * index);
    }
    bytes.writeUInt32LE(0x07064b50, 56);
    bytes.writeBigUInt64LE(BigInt(at), 64);
    bytes.writeUInt32LE(1, 72);
    return bytes;
  };
}

function centralHeader(header: Header): Buffer {
  const name = Buffer.from(header.name);
  const bytes = Buffer.alloc(46);
  bytes.writeUInt32LE(0x02014b50, 0);
  // Made on Unix by version 2.0.
  bytes.writeUInt16LE(0x0314, 4);
  bytes.writeUInt16LE(20, 6);
  writeCommon(bytes.subarray(8), header);
  bytes.writeUInt16LE(name.length, 28);
  bytes.writeUInt16LE(header.extra.length, 30);
  bytes.writeUInt16LE(header.disk, 34);
  bytes.writeUInt32LE(header.attributes, 38);
  bytes.writeUInt32LE(header.offset, 42);
  return Buffer.concat([bytes, name, header.extra]);
}

function localHeader(header: Header): Buffer {
  const name = Buffer.from(header.name);
  const bytes = Buffer.alloc(30);
  bytes.writeUInt32LE(0x04034b50, 0);
  bytes.writeUInt16LE(20, 4);
  writeCommon(bytes.subarray(6), header);
  bytes.writeUInt16LE(name.length, 26);
  bytes.writeUInt16LE(header.extra.length, 28);
  return Buffer.concat([bytes, name, header.extra]);
}

/** What both headers have in the same order. */
function writeCommon(bytes: Buffer, header: Header): void {
  bytes.writeUInt16LE(header.flags, 0);
  bytes.writeUInt16LE(header.method, 2);
  // 1980-01-01.
  bytes.writeUInt16LE(0x21, 6);
  bytes.writeUInt32LE(header.crc, 8);
  bytes.writeUInt32LE(header.compressedSize, 12);
  bytes.writeUInt32LE(header.size, 16);
}

function endRecord(end: Required<Pick<End, 'count' | 'size' | 'start'>> & End): Buffer {
  const comment = end.comment ?? Buffer.alloc(0);
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(0x06054b50, 0);
  bytes.writeUInt16LE(end.disk ?? 0, 4);
  bytes.writeUInt16LE(end.disk ?? 0, 6);
  bytes.writeUInt16LE(end.countHere ?? end.count, 8);
  bytes.writeUInt16LE(end.count, 10);
  bytes.writeUInt32LE(end.size, 12);
  bytes.writeUInt32LE(end.start, 16);
  bytes.writeUInt16LE(comment.length, 20);
  return Buffer.concat([bytes, comment]);
}

/** What `mcpb sign` appends. */
export function signatureBlock(content: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('MCPB_SIG_V1'),
    uint32s(content.length),
    content,
    Buffer.from('MCPB_SIG_END'),
  ]);
}

/** An extra field. */
export function extra(id: number, content: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(id, 0);
  header.writeUInt16LE(content.length, 2);
  return Buffer.concat([header, content]);
}

export function uint64s(...values: readonly (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * index);
  return bytes;
}

export function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index);
  return bytes;
}

const bundle = makeBundle('@acme/echo', '1.0.0');
export const MANIFEST_ENTRY: RawEntry = { name: 'manifest.json', content: JSON.stringify(bundle.manifest) };

/** A bundle with these entries too. */
export function bundleWith(...entries: readonly RawEntry[]): Buffer {
  return rawZip([MANIFEST_ENTRY, ...entries]);
}

/** Content for an entry, and its descriptor: the checksum and both sizes, as they should be. */
export function streamed(name: string, content: string, wide = false, signature = true) {
  const packed = deflateRawSync(content);
  const sizes = wide ? uint64s(packed.length, content.length) : uint32s(packed.length, content.length);
  const parts = [uint32s(crc32(content)), sizes];
  if (signature) parts.unshift(uint32s(0x08074b50));
  return {
    name,
    content,
    flags: STREAMED,
    descriptor: Buffer.concat(parts),
    local: { crc: 0, compressedSize: 0, size: 0 },
  };
}

/** An archive that must be refused. */
export interface HostileArchive {
  /** What it tries, to follow "an archive". */
  readonly what: string;
  readonly code: ErrorCode;
  readonly bytes: Buffer;
  /** It is found out only when the entry is unpacked. */
  readonly whenUnpacked?: true;
}
