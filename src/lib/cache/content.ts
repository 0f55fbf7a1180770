/**
 * One digest over the files of a bundle, to notice a disk that lies or a hand that slipped. It is made of what the
 * archive's own checks have proven, so an installation computes it without reading a file again.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';

export interface ContentEntry {
  /** With slashes, relative to the bundle. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly crc32: number;
}

/**
 * What Python and uv write beside the code that they run: compiled modules, an environment, a lock file. Left out of the
 * digest wherever it came from, so that running a server does not look like damage.
 */
const WRITTEN_BY_RUNTIMES = /(^|\/)__pycache__\/[^/]+\.pyc(\.\d+)?$|^\.venv\/|^uv\.lock$/;

/** SHA-256 in hex over path, size and CRC-32 of every file but those of runtimes, in the order of their paths. */
export function contentDigest(files: Iterable<ContentEntry>): string {
  const hash = createHash('sha256');
  const sorted = [...files]
    .filter((file) => !WRITTEN_BY_RUNTIMES.test(file.path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of sorted) hash.update(`${file.path}\0${file.size}\0${file.crc32}\n`);
  return hash.digest('hex');
}

/** The files as they are on the disk; a link or a special file is none that a bundle can have. */
export function* filesOnDisk(folder: string, relative = ''): Generator<ContentEntry> {
  for (const name of readdirSync(path.join(folder, relative)).sort()) {
    const inside = relative === '' ? name : `${relative}/${name}`;
    const file = path.join(folder, inside);
    const stat = lstatSync(file);
    if (stat.isDirectory()) yield* filesOnDisk(folder, inside);
    else if (stat.isFile()) {
      const bytes = readFileSync(file);
      yield { path: inside, size: bytes.length, crc32: crc32(bytes) };
    } else yield { path: inside, size: -1, crc32: 0 };
  }
}
