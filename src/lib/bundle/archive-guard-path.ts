/**
 * Which paths an entry may have: those that mean the same file below the bundle's folder on every platform, whatever
 * the platform that reads them here.
 */
import { isAscii } from 'node:buffer';
import type { ArchiveLimits } from './archive-limits.ts';
import { quote, type RefusalCode, refuse } from './archive-refusal.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Characters that do nothing but hide: controls, and the invisible ones that some file systems ignore in names. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Devices on Windows, in every folder and with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$|clock\$) *(\.|$)/i;

/** What is wrong with a whole path. The first that applies is the reason. */
const PATH_RULES: readonly (readonly [code: RefusalCode, test: RegExp, why: string])[] = [
  ['ARCHIVE_PATH_EMPTY', /^$/, 'has no name'],
  ['ARCHIVE_PATH_NUL', /\0/, 'has a NUL byte in its name'],
  ['ARCHIVE_PATH_DRIVE', /^[a-z]:/i, 'starts with a drive letter'],
  ['ARCHIVE_PATH_BACKSLASH', /\\/, 'has a backslash in its name, a separator on Windows'],
  ['ARCHIVE_PATH_ABSOLUTE', /^\//, 'has an absolute path'],
  ['ARCHIVE_PATH_TRAVERSAL', /(^|\/)\.\.(\/|$)/, 'leads out of its folder'],
  ['ARCHIVE_PATH_STREAM', /:/, 'has a colon in its name, which means another stream of a file on Windows'],
  ['ARCHIVE_PATH_CHARACTER', /[?*<>|"]/, 'has a character that no name on Windows has'],
  ['ARCHIVE_PATH_HIDDEN', HIDDEN, 'has control or invisible characters in its name'],
];

const NAME_RULES: readonly (readonly [code: RefusalCode, test: RegExp, why: string])[] = [
  ['ARCHIVE_PATH_DOT', /^\.?$/, 'has an empty name or `.` in its path'],
  ['ARCHIVE_PATH_TRAILING', /[. ]$/, 'has a name that ends in a dot or a space, which Windows drops'],
  ['ARCHIVE_PATH_RESERVED', RESERVED, 'has a name that is a device on Windows'],
];

/** The name as text; folders end in a slash. @throws MpakError unless it is UTF-8 and allowed */
export function checkPath(name: Buffer, limits: ArchiveLimits): string {
  const path = decode(name);
  const [code, , why] = PATH_RULES.find(([, test]) => test.test(path)) ?? [];
  if (code !== undefined) refuse(code, `The entry ${quote(path)} ${why}.`);
  if (name.length > limits.pathBytes) {
    refuse('ARCHIVE_PATH_LONG', `The path ${quote(path)} is longer than ${limits.pathBytes} bytes.`);
  }
  checkNames(path, limits);
  return path;
}

function decode(name: Buffer): string {
  if (isAscii(name)) return name.toString('latin1');
  try {
    return utf8.decode(name);
  } catch (error) {
    return refuse('ARCHIVE_NAME_ENCODING', `The name ${quote(name.toString('latin1'))} is not UTF-8.`, error);
  }
}

function checkNames(path: string, limits: ArchiveLimits): void {
  const names = path.split('/');
  // A folder's slash.
  if (names.at(-1) === '') names.pop();
  if (names.length > limits.depth) {
    refuse('ARCHIVE_PATH_DEEP', `The entry ${quote(path)} is deeper than ${limits.depth} folders.`);
  }
  for (const name of names) {
    const [code, , why] = NAME_RULES.find(([, test]) => test.test(name)) ?? [];
    if (code !== undefined) refuse(code, `The entry ${quote(path)} ${why}.`);
    if (Buffer.byteLength(name) > limits.nameBytes) {
      refuse('ARCHIVE_PATH_LONG', `A name in ${quote(path)} is longer than ${limits.nameBytes} bytes.`);
    }
  }
}
