/** Archives whose records contradict each other, so that two readers could see two archives. */
import { gzipSync } from 'node:zlib';
import {
  bundleWith,
  extra,
  type HostileArchive,
  MANIFEST_ENTRY,
  noZip64,
  type RawEntry,
  rawZip,
  STORED,
  signatureBlock,
  streamed,
  uint32s,
  uint64s,
  zip64End,
} from './raw-zip.ts';

const MAX_UINT32 = 0xffffffff;

const good = bundleWith({ name: 'server/index.js', content: 'process.stdin.resume();' });

export const HOSTILE_STRUCTURE: readonly HostileArchive[] = [
  { what: 'that is an empty file', code: 'ARCHIVE_NOT_ZIP', bytes: Buffer.alloc(0) },
  { what: 'that is text', code: 'ARCHIVE_NOT_ZIP', bytes: Buffer.from('not an archive\n') },
  { what: 'that is a gzip file', code: 'ARCHIVE_NOT_ZIP', bytes: gzipSync('content') },
  { what: 'that is a tar archive', code: 'ARCHIVE_NOT_ZIP', bytes: tar() },
  { what: 'without an entry', code: 'ARCHIVE_EMPTY', bytes: rawZip([]) },
  { what: 'that was cut off', code: 'ARCHIVE_TRUNCATED', bytes: good.subarray(0, -30) },
  { what: 'with something behind it', code: 'ARCHIVE_TRAILING_DATA', bytes: after(good, '#!/bin/sh') },
  {
    what: 'with a signature that is none behind it',
    code: 'ARCHIVE_TRAILING_DATA',
    bytes: after(good, 'MCPB_SIG_END'),
  },
  {
    what: 'with something in front of it',
    code: 'ARCHIVE_PREPENDED_DATA',
    bytes: Buffer.concat([Buffer.from('#!/bin/sh\n'), good]),
  },
  {
    what: 'with something in front that its offsets count',
    code: 'ARCHIVE_PREPENDED_DATA',
    bytes: rawZip([{ ...MANIFEST_ENTRY, before: Buffer.from('MZ'), central: { offset: 2 } }]),
  },
  {
    what: 'with another archive in its comment',
    code: 'ARCHIVE_TWO_ENDS',
    bytes: rawZip([MANIFEST_ENTRY], { comment: bundleWith({ name: 'other', content: 'x' }) }),
  },
  {
    what: 'with another end in its comment',
    code: 'ARCHIVE_TWO_ENDS',
    bytes: rawZip([MANIFEST_ENTRY], { comment: Buffer.concat([rawZip([]), Buffer.from('...')]) }),
  },
  {
    what: 'with another archive in its signature',
    code: 'ARCHIVE_TWO_ENDS',
    bytes: Buffer.concat([
      good,
      signatureBlock(coveringTheRest(bundleWith({ name: 'other', content: 'x' }))),
    ]),
  },
  {
    what: 'with the end of another archive in its signature',
    code: 'ARCHIVE_TWO_ENDS',
    bytes: Buffer.concat([good, signatureBlock(Buffer.concat([rawZip([]), Buffer.from('...')]))]),
  },
  {
    what: 'with a signature that is larger than any',
    code: 'ARCHIVE_TRAILING_DATA',
    bytes: Buffer.concat([good, signatureBlock(Buffer.alloc(64 * 1024 + 1))]),
  },
  {
    what: 'that is a part of several',
    code: 'ARCHIVE_MULTI_DISK',
    bytes: rawZip([MANIFEST_ENTRY], { disk: 1 }),
  },
  {
    what: 'with an entry in another part',
    code: 'ARCHIVE_MULTI_DISK',
    bytes: bundleWith({ name: 'a', central: { disk: 1 } }),
  },
  {
    what: 'with fewer entries than it declares',
    code: 'ARCHIVE_ENTRY_COUNT',
    bytes: rawZip([MANIFEST_ENTRY], { count: 2 }),
  },
  {
    what: 'with more entries than it declares',
    code: 'ARCHIVE_ENTRY_COUNT',
    bytes: rawZip([MANIFEST_ENTRY, { name: 'hidden' }], { count: 1 }),
  },
  {
    what: 'with two numbers of entries',
    code: 'ARCHIVE_ENTRY_COUNT',
    bytes: rawZip([MANIFEST_ENTRY], { countHere: 2 }),
  },
  { what: 'with a damaged directory', code: 'ARCHIVE_DIRECTORY', bytes: changed(good, directoryOf(good), 0) },
  {
    what: 'with a directory that starts elsewhere',
    code: 'ARCHIVE_DIRECTORY',
    bytes: rawZip([MANIFEST_ENTRY], { start: 500 }),
  },
  {
    what: 'with a directory that a name leads out of',
    code: 'ARCHIVE_DIRECTORY',
    bytes: changed(good, directoryOf(good) + 29, 0xff),
  },
  {
    what: 'with bytes of no entry',
    code: 'ARCHIVE_HIDDEN_DATA',
    bytes: bundleWith({ name: 'a', before: Buffer.from('hidden'), central: { offset: 6 + localBytes() } }),
  },
  {
    what: 'with an entry that the directory leaves out',
    code: 'ARCHIVE_HIDDEN_DATA',
    bytes: rawZip([
      MANIFEST_ENTRY,
      { name: 'b', before: bundleWith(), central: { offset: localBytes() + bundleWith().length } },
    ]),
  },
  {
    what: 'with an entry inside another',
    code: 'ARCHIVE_OVERLAP',
    bytes: overlapping(),
  },
  {
    what: 'with two entries of the same data',
    code: 'ARCHIVE_OVERLAP',
    bytes: bundleWith({ name: 'a', content: 'x', withoutData: true, central: { offset: 0 } }),
  },
  {
    what: 'with an entry that reaches into the directory',
    code: 'ARCHIVE_OVERLAP',
    bytes: bundleWith({ name: 'a', content: 'content', central: { compressedSize: 90 } }),
  },
  {
    what: 'with an entry outside of it',
    code: 'ARCHIVE_LOCAL_HEADER',
    bytes: bundleWith({ name: 'a', content: 'x', central: { offset: 0x7fffffff } }),
  },
  {
    what: 'with an entry that has no header of its own',
    code: 'ARCHIVE_LOCAL_HEADER',
    bytes: changed(good, 0, 0),
  },
  {
    what: 'with another name in a local header',
    code: 'ARCHIVE_LOCAL_NAME',
    bytes: bundleWith({ name: 'safe', content: 'x', local: { name: '../x' } }),
  },
  ...(
    [
      ['method', { method: STORED }],
      ['checksum', { crc: 7 }],
      ['size', { size: 8 }],
      ['packed size', { compressedSize: 1 }],
      ['encryption', { flags: 1 }],
    ] as const
  ).map(
    ([what, local]): HostileArchive => ({
      what: `with another ${what} in a local header`,
      code: 'ARCHIVE_LOCAL_FIELDS',
      bytes: bundleWith({ name: 'a', content: 'content', local }),
    }),
  ),
  {
    what: 'with a descriptor that contradicts',
    code: 'ARCHIVE_DESCRIPTOR',
    bytes: bundleWith({ ...streamed('a', 'content'), descriptor: uint32s(0x08074b50, 0, 0, 0) }),
  },
  {
    what: 'with a descriptor that is not there',
    code: 'ARCHIVE_DESCRIPTOR',
    bytes: bundleWith({ ...streamed('a', 'content'), descriptor: Buffer.alloc(0) }),
  },
  {
    what: 'with a malformed extra field',
    code: 'ARCHIVE_EXTRA_FIELD',
    bytes: bundleWith({ name: 'a', central: { extra: Buffer.from([1, 0, 9, 0, 1]) } }),
  },
  {
    what: 'with an extra field twice',
    code: 'ARCHIVE_EXTRA_FIELD',
    bytes: bundleWith({
      name: 'a',
      local: { extra: Buffer.concat([extra(0x5455, uint32s(1)), extra(0x5455, uint32s(2))]) },
    }),
  },
  ...(
    [
      ['a zip64 record that contradicts', {}, zip64End({ count: 7 })],
      ['a zip64 record that is elsewhere', { count: 0xffff }, zip64End({ at: 0 })],
      ['a zip64 record of another length', {}, zip64End({ recordBytes: 1000 })],
      ['a zip64 record that is missing', { count: 0xffff, countHere: 0xffff }, noZip64],
    ] as const
  ).map(
    ([what, end, before]): HostileArchive => ({
      what: `with ${what}`,
      code: 'ARCHIVE_LARGE_FORMAT',
      bytes: rawZip([MANIFEST_ENTRY], end, before),
    }),
  ),
  {
    what: 'with a zip64 size that is missing',
    code: 'ARCHIVE_LARGE_FORMAT',
    bytes: bundleWith({ name: 'a', content: 'x', central: { size: MAX_UINT32 } }),
  },
  {
    what: 'with a zip64 size that no header asks for',
    code: 'ARCHIVE_LARGE_FORMAT',
    bytes: bundleWith({ name: 'a', content: 'x', central: { extra: extra(1, uint64s(5)) } }),
  },
  {
    what: 'with a zip64 size that no file can have',
    code: 'ARCHIVE_LARGE_FORMAT',
    bytes: bundleWith({
      name: 'a',
      content: 'x',
      central: { size: MAX_UINT32, extra: extra(1, uint64s(2n ** 64n - 1n)) },
    }),
  },
];

function tar(): Buffer {
  const bytes = Buffer.alloc(1024);
  bytes.write('manifest.json', 0);
  bytes.write('ustar', 257);
  return bytes;
}

function after(bytes: Buffer, more: string): Buffer {
  return Buffer.concat([bytes, Buffer.from(more)]);
}

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

/** An archive whose comment reaches over what `mcpb sign` writes last: a reader that believes it finds nothing amiss. */
function coveringTheRest(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16LE('MCPB_SIG_END'.length, copy.length - 2);
  return copy;
}

function directoryOf(bytes: Buffer): number {
  return bytes.readUInt32LE(bytes.length - 6);
}

/** Of the manifest's local entry. */
function localBytes(): number {
  return directoryOf(bundleWith());
}

/** The kernel of a better zip bomb: one entry's data quotes the next entry's local header. */
function overlapping(): Buffer {
  const inner = localOf({ name: 'b', content: 'inner', method: STORED });
  const start = localBytes() + localOf({ name: 'a' }).length;
  return bundleWith(
    { name: 'a', content: inner, method: STORED },
    { name: 'b', content: 'inner', method: STORED, withoutData: true, central: { offset: start } },
  );
}

function localOf(entry: RawEntry): Buffer {
  const bytes = rawZip([entry]);
  return bytes.subarray(0, directoryOf(bytes));
}
