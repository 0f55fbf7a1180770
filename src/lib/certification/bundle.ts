/**
 * A bundle as the scan sees it: its files by path, what each is, and its manifest. Nothing is extracted to the disk: a
 * file is unpacked in memory when it is read, and counts against the budget of the scan.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { guardArchive } from '../bundle/archive.ts';
import type { CheckedEntry } from '../bundle/archive-guard.ts';
import { MANIFEST_PATH, MAX_MANIFEST_BYTES } from '../bundle/manifest.ts';
import { MpakError } from '../errors.ts';
import { errorsOf } from '../pack/finding.ts';
import { readSource } from '../pack/source.ts';
import type { Budget } from './budget.ts';
import { type Kind, kindOfStarted, type Origin, originOf, packageFoldersOf } from './classify.ts';
import { entryPointsOf, startedCode } from './entry-points.ts';
import { compareText } from './finding.ts';
import { type JsonObject, objectOf, type ReadJson, readJson } from './safe-json.ts';

export interface BundleFile {
  /** With slashes. */
  readonly path: string;
  /** Unpacked, in bytes. */
  readonly size: number;
  readonly executable: boolean;
  readonly origin: Origin;
  /** By its path alone; that of an OpenFile is by its content too. */
  readonly kind: Kind;
}

export interface ScannedBundle {
  /** Of the archive, in hex; null for a folder. */
  readonly sha256: string | null;
  /** Of the archive, in bytes; null for a folder. */
  readonly size: number | null;
  /** Ordered by path. */
  readonly files: readonly BundleFile[];
  /** manifest.json, or what is wrong with it: `is missing`. */
  readonly manifest: { readonly json: JsonObject } | { readonly problem: string };
  /** The files that the manifest starts. */
  readonly entryPoints: ReadonlySet<string>;
  file(path: string): BundleFile | undefined;
  /** @throws BudgetSpent; MpakError when there is no such file, or it is not what the archive declares */
  read(path: string): Buffer;
  /** A file's JSON; undefined when there is no such file. */
  readJson(path: string): ReadJson | undefined;
}

/** Where the files are. */
interface FileSource {
  readonly files: ReadonlyMap<string, { readonly size: number; readonly executable: boolean }>;
  readonly sha256: string | null;
  readonly size: number | null;
  read(path: string): Buffer;
}

/**
 * @param archive its bytes: what is hashed is what is scanned
 * @throws MpakError when the archive is refused, with the code of the reason
 */
export function archiveBundle(archive: Uint8Array, budget: Budget): ScannedBundle {
  const { entries, read } = guardArchive(archive);
  const found = new Map(entries.filter(({ isDirectory }) => !isDirectory).map((each) => [each.path, each]));
  const files = new Map(
    [...found].map(([name, { size, mode }]) => [name, { size, executable: mode === 0o755 }]),
  );
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const readNamed = (name: string) => read(found.get(name) as CheckedEntry);
  return makeBundle({ files, sha256, size: archive.length, read: readNamed }, budget);
}

/**
 * A folder, as it would be packed without vendoring.
 * @throws MpakError NOT_FOUND, MANIFEST_MISSING, IO_FAILED; BUNDLE_INVALID when it holds what cannot be packed
 */
export function folderBundle(folder: string, budget: Budget): ScannedBundle {
  const { content } = readSource(folder, false);
  const [problem] = errorsOf(content.problems);
  if (problem !== undefined) {
    throw new MpakError('BUNDLE_INVALID', `${folder} cannot become a bundle. ${problem.message}`, {
      hint: problem.remedy,
    });
  }
  const files = new Map(
    [...content.paths].map((name) => {
      const { size, mode } = statSync(content.fileOf(name));
      return [name, { size, executable: (mode & 0o111) !== 0 }];
    }),
  );
  return makeBundle({ files, sha256: null, size: null, read: (name) => content.read(name) }, budget);
}

function makeBundle(source: FileSource, budget: Budget): ScannedBundle {
  const read = (name: string) => {
    const file = source.files.get(name);
    if (file === undefined) throw new MpakError('NOT_FOUND', `The bundle has no file ${name}.`);
    budget.unpack(file.size);
    return source.read(name);
  };
  const json = (name: string, maxBytes: number) => {
    const file = source.files.get(name);
    if (file === undefined) return undefined;
    return file.size > maxBytes
      ? { problem: `is larger than ${maxBytes} bytes` }
      : readJson(read(name), maxBytes);
  };
  const manifest = manifestOf(json(MANIFEST_PATH, MAX_MANIFEST_BYTES));
  const entryPoints = 'json' in manifest ? entryPointsOf(manifest.json, source.files) : new Set<string>();
  const started = 'json' in manifest ? startedCode(manifest.json, source.files) : new Map<string, Kind>();
  const packageFolders = packageFoldersOf(source.files.keys());
  const files = [...source.files].map(
    ([name, { size, executable }]): BundleFile => ({
      path: name,
      size,
      executable,
      origin: originOf(name, packageFolders, entryPoints),
      kind: kindOfStarted(name, started.get(name)),
    }),
  );
  files.sort((one, other) => compareText(one.path, other.path));
  const byPath = new Map(files.map((file) => [file.path, file]));
  return {
    sha256: source.sha256,
    size: source.size,
    files,
    manifest,
    entryPoints,
    file: (name) => byPath.get(name),
    read,
    readJson: (name) => json(name, budget.limits.textBytes),
  };
}

function manifestOf(read: ReadJson | undefined): ScannedBundle['manifest'] {
  if (read === undefined) return { problem: 'is missing' };
  if ('problem' in read) return read;
  const json = objectOf(read.json);
  return json === undefined ? { problem: 'is no object' } : { json };
}
