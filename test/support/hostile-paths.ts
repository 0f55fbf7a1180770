/** Archives with names that lead elsewhere, mean something else on another platform, or collide. */
import { crc32 } from 'node:zlib';
import type { ErrorCode } from '../../src/lib/errors.ts';
import { bundleWith, extra, type HostileArchive, MANIFEST_ENTRY, uint32s } from './raw-zip.ts';

function named(what: string, code: ErrorCode, ...names: readonly (string | Buffer)[]): HostileArchive[] {
  return names.map((name) => ({
    what: `${what} (${JSON.stringify(name.toString()).slice(0, 40)})`,
    code,
    bytes: bundleWith({ name, content: 'x' }),
  }));
}

export const HOSTILE_PATHS: readonly HostileArchive[] = [
  ...named('with a path out of its folder', 'ARCHIVE_PATH_TRAVERSAL', '../out', 'a/../../out', 'a/..', '..'),
  ...named('with an absolute path', 'ARCHIVE_PATH_ABSOLUTE', '/etc/cron.d/out', '//host/share/out'),
  ...named('with a drive letter', 'ARCHIVE_PATH_DRIVE', 'C:/out', 'c:out', 'C:\\out'),
  ...named('with backslashes', 'ARCHIVE_PATH_BACKSLASH', '..\\..\\out', '\\\\host\\share', 'a\\b'),
  ...named('with a NUL in a name', 'ARCHIVE_PATH_NUL', 'safe.js\0.sh'),
  ...named('with a stream of a file', 'ARCHIVE_PATH_STREAM', 'server/index.js:hidden', 'file::$DATA'),
  ...named(
    'with a character that Windows has no names with',
    'ARCHIVE_PATH_CHARACTER',
    'a?.js',
    'lib*/x',
    'a<b',
    'a>b',
    'a|b',
    'say "x"',
  ),
  ...named('with an escape sequence in a name', 'ARCHIVE_PATH_HIDDEN', 'a\u001b[2J', 'a\nb', 'a\u007f'),
  ...named(
    'with invisible characters in a name',
    'ARCHIVE_PATH_HIDDEN',
    'sj.\u202etxt',
    'man\u200cifest.json',
  ),
  ...named('with an empty name or a dot in a path', 'ARCHIVE_PATH_DOT', 'a//b', './a', 'a/./b', 'a//'),
  ...named('with a name that ends in a dot or a space', 'ARCHIVE_PATH_TRAILING', 'a.', 'a /b', '.../x'),
  ...named(
    'with a Windows device',
    'ARCHIVE_PATH_RESERVED',
    'CON',
    'a/nul.txt',
    'Com1.tar.gz',
    'LPT¹',
    'aux .js',
  ),
  ...named('with a name that is too long', 'ARCHIVE_PATH_LONG', 'a'.repeat(256), 'é'.repeat(128)),
  ...named('with a path that is too long', 'ARCHIVE_PATH_LONG', 'long/'.repeat(300).slice(0, -1)),
  ...named('with a path that is too deep', 'ARCHIVE_PATH_DEEP', `${'a/'.repeat(64)}x`),
  ...named('with an entry without a name', 'ARCHIVE_PATH_EMPTY', ''),
  ...named('with a name that is not UTF-8', 'ARCHIVE_NAME_ENCODING', Buffer.from([0x61, 0xff])),
  ...named(
    'with an overlong form of a dot',
    'ARCHIVE_NAME_ENCODING',
    Buffer.from([0xc0, 0xae, 0xc0, 0xae, 0x2f]),
  ),
  {
    what: 'with a second name in a Unicode path field',
    code: 'ARCHIVE_SECOND_NAME',
    bytes: bundleWith({
      name: 'safe.js',
      content: 'x',
      central: { extra: secondName('safe.js', '../out') },
    }),
  },
  {
    what: 'with a second name in the Unicode path field of its local header',
    code: 'ARCHIVE_SECOND_NAME',
    bytes: bundleWith({ name: 'safe.js', content: 'x', local: { extra: secondName('safe.js', '/out') } }),
  },
  {
    what: 'with a name that is UTF-8 in one header and not in the other',
    code: 'ARCHIVE_LOCAL_FIELDS',
    bytes: bundleWith({ name: 'caf\u00e9', content: 'x', local: { flags: 0 } }),
  },
  {
    what: 'with the same path twice',
    code: 'ARCHIVE_DUPLICATE',
    bytes: bundleWith({ name: 'a', content: '1' }, { name: 'a', content: '2' }),
  },
  {
    what: 'with two manifests',
    code: 'ARCHIVE_DUPLICATE',
    bytes: bundleWith(MANIFEST_ENTRY),
  },
  {
    what: 'with paths that differ in case',
    code: 'ARCHIVE_CASE_COLLISION',
    bytes: bundleWith({ name: 'a/Read.me', content: '1' }, { name: 'a/read.ME', content: '2' }),
  },
  {
    what: 'with folders that differ in case',
    code: 'ARCHIVE_CASE_COLLISION',
    bytes: bundleWith({ name: 'lib/a', content: '1' }, { name: 'Lib/b', content: '2' }),
  },
  {
    what: 'with paths that differ in case beyond ASCII',
    code: 'ARCHIVE_CASE_COLLISION',
    bytes: bundleWith({ name: 'task', content: '1' }, { name: 'tas\u212a', content: '2' }),
  },
  {
    what: 'with paths that differ in how an accent is composed',
    code: 'ARCHIVE_NFC_COLLISION',
    bytes: bundleWith({ name: 'caf\u00e9', content: '1' }, { name: 'cafe\u0301', content: '2' }),
  },
  {
    what: 'with a file that is a folder too',
    code: 'ARCHIVE_FILE_AS_FOLDER',
    bytes: bundleWith({ name: 'a', content: '1' }, { name: 'a/b', content: '2' }),
  },
  {
    what: 'with a folder that is a file later',
    code: 'ARCHIVE_FILE_AS_FOLDER',
    bytes: bundleWith({ name: 'a/b', content: '1' }, { name: 'a', content: '2' }),
  },
];

function secondName(name: string, other: string): Buffer {
  return extra(0x7075, Buffer.concat([Buffer.from([1]), uint32s(crc32(name)), Buffer.from(other)]));
}
