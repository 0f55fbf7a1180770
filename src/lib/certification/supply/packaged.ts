/** Which files belong to a package that is carried along, by the metadata of packages: package.json, dist-info, RECORD. */
import path from 'node:path';
import type { ScannedBundle } from '../bundle.ts';
import { decode } from '../text.ts';

const NODE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/@.][^/]*(?=\/)/;
/** What npm puts beside packages: links to their programs. */
const NODE_TOOLS = /(?:^|\/)node_modules\/\.(?:bin\/[^/]+|package-lock\.json)$/;
const DIST_INFO = /^((?:.*\/)?)[^/]+\.dist-info\/METADATA$/;
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

export interface Packaged {
  has(file: string): boolean;
}

const known = new WeakMap<ScannedBundle, Packaged>();

export function packagedFiles(bundle: ScannedBundle): Packaged {
  const before = known.get(bundle);
  if (before !== undefined) return before;
  const folders = new Map<string, ReadonlySet<string> | null>();
  for (const { path: file } of bundle.files) {
    const folder = DIST_INFO.exec(file)?.[1];
    if (folder === undefined || folders.get(folder) === null) continue;
    const listed = recordOf(bundle, file.replace(/METADATA$/, 'RECORD'), folder);
    // `mpak bundle pack` leaves RECORD out: where one is missing, nothing says which files are whose. Where the server
    // itself is among them, that accounts for none.
    if (listed === null && !holdsServer(bundle, folder)) folders.set(folder, null);
    else folders.set(folder, new Set([...(folders.get(folder) ?? []), ...(listed ?? [])]));
  }
  const inPython = (file: string) =>
    [...folders].some(([folder, listed]) => file.startsWith(folder) && (listed === null || listed.has(file)));
  const packaged = {
    has: (file: string) => {
      if (NODE_TOOLS.test(file) || inPython(file)) return true;
      const root = NODE.exec(file)?.[0];
      if (root !== undefined) return bundle.file(`${root}/package.json`) !== undefined;
      const source = sourceOf(file);
      return source !== undefined && bundle.file(source) !== undefined && inPython(source);
    },
  };
  known.set(bundle, packaged);
  return packaged;
}

function holdsServer({ entryPoints }: ScannedBundle, folder: string): boolean {
  return [...entryPoints].some((file) => file.startsWith(folder));
}

/** The paths that a RECORD lists (https://packaging.python.org/en/latest/specifications/recording-installed-packages). */
function recordOf(bundle: ScannedBundle, file: string, folder: string): Set<string> | null {
  const record = bundle.file(file);
  if (record === undefined || record.size > MAX_RECORD_BYTES) return null;
  const listed = decode(bundle.read(file))
    .split(/\r?\n/)
    .map((line) => /^(?:"((?:[^"]|"")*)"|([^,]*)),/.exec(line))
    .map((found) => found?.[1]?.replaceAll('""', '"') ?? found?.[2] ?? '');
  return new Set(listed.filter((each) => each !== '').map((each) => path.posix.join(folder, each)));
}

/** Of what Python compiled and put beside it. */
function sourceOf(file: string): string | undefined {
  const found = /^((?:.*\/)?)__pycache__\/([^/]+?)\.[^/]*\.pyc$/.exec(file);
  return found === null ? undefined : `${found[1]}${found[2]}.py`;
}
