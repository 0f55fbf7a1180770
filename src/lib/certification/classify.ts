/** What a file of a bundle is, by its path: whose, and of what kind. Content is asked where a path does not say. */
import path from 'node:path';
import { binaryTarget } from '../pack/binary-header.ts';

/** The publisher's own, carried along from elsewhere, or a test of the publisher's. */
export type Origin = 'own' | 'vendored' | 'test';

export type Kind =
  | 'javascript'
  | 'typescript'
  | 'python'
  | 'json'
  | 'shell'
  | 'script' // of another interpreter
  | 'text'
  | 'binary'
  | 'program' // compiled
  | 'unknown';

const VENDOR_FOLDERS = new Set(['node_modules', 'deps', 'vendor', 'site-packages', 'dist-packages']);
/** What no interpreter takes for code by its name. */
const INERT: ReadonlySet<Kind> = new Set(['json', 'text', 'binary']);
const TEST_FOLDERS = new Set(['test', 'tests', '__tests__']);

const KINDS: Readonly<Record<string, Kind>> = {
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.jsx': 'javascript',
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.cts': 'typescript',
  '.tsx': 'typescript',
  '.py': 'python',
  '.pyw': 'python',
  '.pyi': 'python',
  '.pth': 'python',
  '.json': 'json',
  '.sh': 'shell',
  '.bash': 'shell',
  '.zsh': 'shell',
  '.ksh': 'shell',
  '.fish': 'shell',
  '.bat': 'script',
  '.cmd': 'script',
  '.ps1': 'script',
  '.psm1': 'script',
  '.vbs': 'script',
  '.pl': 'script',
  '.rb': 'script',
  '.php': 'script',
  '.lua': 'script',
  '.md': 'text',
  '.txt': 'text',
  '.yml': 'text',
  '.yaml': 'text',
  '.toml': 'text',
  '.ini': 'text',
  '.cfg': 'text',
  '.xml': 'text',
  '.html': 'text',
  '.css': 'text',
  '.csv': 'text',
  '.sql': 'text',
  '.svg': 'text',
  '.map': 'text',
  '.pem': 'text',
  '.key': 'text',
  '.node': 'program',
  '.exe': 'program',
  '.dll': 'program',
  '.so': 'program',
  '.dylib': 'program',
  '.wasm': 'program',
  '.pyc': 'program',
  '.pyo': 'program',
  '.jar': 'program',
  '.png': 'binary',
  '.jpg': 'binary',
  '.jpeg': 'binary',
  '.gif': 'binary',
  '.webp': 'binary',
  '.ico': 'binary',
  '.pdf': 'binary',
  '.zip': 'binary',
  '.gz': 'binary',
  '.woff': 'binary',
  '.woff2': 'binary',
  '.ttf': 'binary',
};

const INTERPRETERS: readonly (readonly [RegExp, Kind])[] = [
  [/\b(?:node|nodejs|bun)\b/, 'javascript'],
  [/\b(?:deno|ts-node|tsx)\b/, 'typescript'],
  [/\bpython[\d.]*\b|\buv\b/, 'python'],
  [/\b(?:ba|da|z|k|a|fi)?sh\b/, 'shell'],
];

const PYTHON_PACKAGE = /^(.+)\/[^/]+\.dist-info\/METADATA$/;
const NODE_PACKAGE = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/;

const SHEBANG = 0x2321;
const LONGEST_SHEBANG = 256;
/** As far as git looks for a zero byte. */
const SNIFFED_BYTES = 8000;

/**
 * A folder's name makes nothing vendored that could be code: anybody can call a folder so. The metadata of a package does.
 * @param packageFolders folders of packages, whatever they are called: `packageFoldersOf`
 * @param entryPoints files that the manifest starts: the publisher's own wherever they are
 */
export function originOf(
  file: string,
  packageFolders: ReadonlySet<string>,
  entryPoints: ReadonlySet<string>,
): Origin {
  if (entryPoints.has(file)) return 'own';
  const folders = file.split('/').slice(0, -1);
  let above = '';
  let isTest = false;
  let isVendor = false;
  for (const folder of folders) {
    above = above === '' ? folder : `${above}/${folder}`;
    if (packageFolders.has(above)) return 'vendored';
    if (VENDOR_FOLDERS.has(folder)) isVendor = true;
    if (TEST_FOLDERS.has(folder)) isTest = true;
  }
  if (isVendor) return INERT.has(kindOfPath(file)) ? 'vendored' : 'own';
  return isTest ? 'test' : 'own';
}

/**
 * Folders of packages of Node.js, and those that Python packages were installed into, such as `server/lib`: by the
 * metadata in them.
 */
export function packageFoldersOf(paths: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const file of paths) {
    const folder = (PYTHON_PACKAGE.exec(file) ?? NODE_PACKAGE.exec(file))?.[1];
    if (folder !== undefined) found.add(folder);
  }
  return found;
}

export function kindOfPath(file: string): Kind {
  const kind = KINDS[path.posix.extname(file).toLowerCase()];
  // libfoo.so.1.2
  return kind ?? (/\.so(?:\.\d+)+$/.test(file) ? 'program' : 'unknown');
}

/** @param language of the interpreter that is given the file, which asks no name; undefined where none is */
export function kindOfStarted(file: string, language: Kind | undefined): Kind {
  const kind = kindOfPath(file);
  if (language === undefined || kind === language) return kind;
  if (language === 'python') return /\.py[co]$/i.test(file) ? kind : language;
  return kind === 'typescript' || kind === 'json' || /\.(?:node|wasm)$/i.test(file) ? kind : language;
}

/** By its first bytes, where the path says nothing, or where they contradict it: a program is one by any name. */
export function kindOfContent(bytes: Buffer, byPath: Kind): Kind {
  if (binaryTarget(bytes) !== undefined) return 'program';
  const isScript = bytes.length > 1 && bytes.readUInt16BE(0) === SHEBANG;
  if (isScript && (byPath === 'unknown' || byPath === 'text')) {
    const line = bytes.toString('latin1', 2, LONGEST_SHEBANG).split('\n', 1)[0] as string;
    return INTERPRETERS.find(([name]) => name.test(line))?.[1] ?? 'script';
  }
  if (byPath !== 'unknown') return byPath;
  return bytes.subarray(0, SNIFFED_BYTES).includes(0) ? 'binary' : 'text';
}
