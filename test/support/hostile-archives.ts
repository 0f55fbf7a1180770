/** The corpus of archives that must be refused, each with the code that it must be refused with. */
import { deflateRawSync } from 'node:zlib';
import { HOSTILE_PATHS } from './hostile-paths.ts';
import { HOSTILE_STRUCTURE } from './hostile-structure.ts';
import { makeBundle } from './mcpb.ts';
import {
  bundleWith,
  DEFLATED,
  extra,
  type HostileArchive,
  MANIFEST_ENTRY,
  REGULAR,
  rawZip,
  STORED,
  uint64s,
} from './raw-zip.ts';

const MAX_UINT32 = 0xffffffff;
const PACKED = deflateRawSync('content');

function linkField(): Buffer {
  const content = Buffer.alloc(18);
  content.writeUInt16LE(0o120777, 4);
  return extra(0x756e, content);
}

const KINDS: readonly HostileArchive[] = [
  {
    what: 'with a symbolic link',
    code: 'ARCHIVE_SYMLINK',
    bytes: bundleWith({ name: 'link', content: '/etc', mode: 0o120777 }),
  },
  {
    what: 'with a symbolic link and a file behind it',
    code: 'ARCHIVE_SYMLINK',
    bytes: bundleWith({ name: 'link', content: '..', mode: 0o120777 }, { name: 'link/out', content: 'x' }),
  },
  {
    what: 'with a Windows reparse point',
    code: 'ARCHIVE_SYMLINK',
    bytes: bundleWith({ name: 'link', content: '..', central: { attributes: 0x400 } }),
  },
  ...[
    ['a pipe', 0o010644],
    ['a character device', 0o020666],
    ['a block device', 0o060666],
    ['a socket', 0o140777],
  ].map(
    ([what, mode]): HostileArchive => ({
      what: `with ${what}`,
      code: 'ARCHIVE_SPECIAL_FILE',
      bytes: bundleWith({ name: 'special', mode: mode as number }),
    }),
  ),
  {
    what: 'with a link in an old Unix field',
    code: 'ARCHIVE_SPECIAL_FILE',
    bytes: bundleWith({ name: 'link', content: 'x', local: { extra: linkField() } }),
  },
  {
    what: 'with a folder that holds data',
    code: 'ARCHIVE_FOLDER_TYPE',
    bytes: bundleWith({ name: 'a/', content: 'data', mode: 0o040755 }),
  },
  {
    what: 'with a folder that says it is a file',
    code: 'ARCHIVE_FOLDER_TYPE',
    bytes: bundleWith({ name: 'a/', mode: REGULAR }),
  },
  {
    what: 'with a file that says it is a folder',
    code: 'ARCHIVE_FOLDER_TYPE',
    bytes: bundleWith({ name: 'a', mode: 0o040755 }),
  },
  {
    what: 'that is encrypted',
    code: 'ARCHIVE_ENCRYPTED',
    bytes: bundleWith({ name: 'a', content: 'x', flags: 1 }),
  },
  {
    what: 'that is encrypted with AES',
    code: 'ARCHIVE_ENCRYPTED',
    bytes: bundleWith({ name: 'a', content: 'x', method: 99 }),
  },
  {
    what: 'that is packed by another method',
    code: 'ARCHIVE_METHOD',
    bytes: bundleWith({ name: 'a', content: 'x', method: 12 }),
  },
];

const SIZES: readonly HostileArchive[] = [
  {
    what: 'with a stored entry of two sizes',
    code: 'ARCHIVE_STORED_SIZE',
    bytes: bundleWith({
      name: 'a',
      content: 'abc',
      method: STORED,
      central: { size: 2 },
      local: { size: 2 },
    }),
  },
  {
    what: 'with an empty entry that declares a gigabyte',
    code: 'ARCHIVE_FILE_SIZE',
    bytes: lying(1024 ** 3, Buffer.alloc(0)),
  },
  {
    what: 'with a size that deflate cannot reach',
    code: 'ARCHIVE_SIZE_LIE',
    bytes: lying(100_000, PACKED),
  },
  {
    what: 'with an entry larger than it says',
    code: 'ARCHIVE_SIZE_LIE',
    bytes: lying(6),
    whenUnpacked: true,
  },
  {
    what: 'with an entry smaller than it says',
    code: 'ARCHIVE_SIZE_LIE',
    bytes: lying(8),
    whenUnpacked: true,
  },
  {
    what: 'with an entry that says it is empty',
    code: 'ARCHIVE_SIZE_LIE',
    bytes: lying(0),
    whenUnpacked: true,
  },
  {
    what: 'with another checksum',
    code: 'ARCHIVE_CRC',
    bytes: bundleWith({ name: 'a', content: 'x', central: { crc: 1 }, local: { crc: 1 } }),
    whenUnpacked: true,
  },
  {
    what: 'with a deflate stream that is none',
    code: 'ARCHIVE_DEFLATE',
    bytes: lying(7, Buffer.from([7, 7, 7, 7])),
    whenUnpacked: true,
  },
  {
    what: 'with a deflate stream without an end',
    code: 'ARCHIVE_DEFLATE',
    bytes: lying(7, PACKED.subarray(0, -1)),
    whenUnpacked: true,
  },
  {
    what: 'with something behind a deflate stream',
    code: 'ARCHIVE_DATA_TRAILING',
    bytes: lying(7, Buffer.concat([PACKED, Buffer.from('hidden')])),
    whenUnpacked: true,
  },
  {
    what: 'that is a bomb',
    code: 'ARCHIVE_RATIO',
    bytes: bundleWith({ name: 'zeros', content: Buffer.alloc(8 * 1024 * 1024) }),
  },
  {
    what: 'that is a bomb of many files',
    code: 'ARCHIVE_RATIO',
    bytes: bundleWith(
      ...Array.from({ length: 20 }, (_, index) => ({ name: `${index}`, content: Buffer.alloc(400_000) })),
    ),
  },
  {
    what: 'with more than four gigabytes',
    code: 'ARCHIVE_FILE_SIZE',
    bytes: bundleWith({
      name: 'a',
      content: 'x',
      central: { size: MAX_UINT32, extra: extra(1, uint64s(2 ** 40)) },
    }),
  },
  { what: 'with more than 50,000 entries', code: 'ARCHIVE_ENTRY_LIMIT', bytes: manyEntries(50_001) },
  {
    what: 'with paths that make more than 50,000 folders',
    code: 'ARCHIVE_ENTRY_LIMIT',
    bytes: bundleWith(
      ...Array.from({ length: 850 }, (_, index) => ({ name: `${index}/${'a/'.repeat(60)}x` })),
    ),
  },
];

/** An entry whose both headers declare this size. */
function lying(size: number, packed = PACKED): Buffer {
  return bundleWith({
    name: 'a',
    content: 'content',
    method: DEFLATED,
    packed,
    central: { size },
    local: { size },
  });
}

function manyEntries(count: number): Buffer {
  return rawZip(Array.from({ length: count }, (_, index) => ({ name: `${index}` })));
}

const MANIFESTS: readonly HostileArchive[] = [
  { what: 'without a manifest', code: 'MANIFEST_MISSING', bytes: rawZip([{ name: 'a', content: 'x' }]) },
  {
    what: 'with its manifest in a folder',
    code: 'MANIFEST_MISSING',
    bytes: rawZip([{ ...MANIFEST_ENTRY, name: 'echo/manifest.json' }]),
  },
  {
    what: 'with a folder for a manifest',
    code: 'MANIFEST_NOT_A_FILE',
    bytes: rawZip([{ name: 'manifest.json/', mode: 0o040755 }]),
  },
  {
    what: 'with a link for a manifest',
    code: 'ARCHIVE_SYMLINK',
    bytes: rawZip([{ name: 'manifest.json', content: '/etc/passwd', mode: 0o120777 }]),
  },
  {
    what: 'with a manifest that is too large',
    code: 'MANIFEST_TOO_LARGE',
    bytes: rawZip([{ name: 'manifest.json', content: Buffer.alloc(1024 * 1024 + 1, 32), method: STORED }]),
  },
  {
    what: 'with a manifest that is not JSON',
    code: 'MANIFEST_NOT_JSON',
    bytes: rawZip([{ name: 'manifest.json', content: '{' }]),
  },
  {
    what: 'with a manifest that is nested too deeply',
    code: 'MANIFEST_NOT_JSON',
    bytes: rawZip([{ name: 'manifest.json', content: '['.repeat(500) + ']'.repeat(500) }]),
  },
  {
    what: 'with a manifest of an unknown version',
    code: 'MANIFEST_VERSION',
    bytes: makeBundle('@acme/echo', '1.0.0', { manifest_version: '9.9' }).bytes,
  },
  {
    what: 'with a manifest that breaks its schema',
    code: 'MANIFEST_INVALID',
    bytes: makeBundle('@acme/echo', '1.0.0', { server: { type: 'shell' } }).bytes,
  },
];

export const HOSTILE_ARCHIVES: readonly HostileArchive[] = [
  ...HOSTILE_PATHS,
  ...KINDS,
  ...SIZES,
  ...HOSTILE_STRUCTURE,
  ...MANIFESTS,
];
