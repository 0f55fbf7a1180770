/**
 * Where bundles live on disk:
 *
 *   cache/<scope>/<name>/<version>/        the bundle's own files and nothing else
 *   cache/<scope>/<name>/<version>.json    its receipt, written last
 *   cache/<scope>/<name>/current.json      which version runs, and which ones ran before it
 *   cache/<scope>/<name>/lock              held by who changes any of these
 *   cache/<scope>/<name>/tmp-…, .aside-…   work in progress
 *
 * Each change is one rename, so a process that dies anywhere leaves the old state or the new one.
 */

import { randomBytes } from 'node:crypto';
import {
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import semver from 'semver';
import { ASIDE_PREFIX } from '../bundle/aside.ts';
import { type PackageName, parsePackageName } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import { isMissing, UNFINISHED, writeFileAtomic } from '../files.ts';
import { withLock } from '../lock.ts';
import { readRegularFile } from '../regular-file.ts';
import { type Receipt, readReceipt } from './receipt.ts';

/** How long one process waits for another that installs the same package, in milliseconds. */
const LOCK_WAIT_MS = 10 * 60_000;
/** Of `current.json`: a hundred bytes, and a few for each version that ran before. */
const MAX_POINTER_BYTES = 1024 * 1024;

/** The version of a package that runs, and those that ran before it, newest first. */
export interface Current {
  readonly version: string;
  readonly previous: readonly string[];
}

/** A bundle that is whole and on this machine. */
export interface Installed {
  readonly name: PackageName;
  readonly version: string;
  readonly folder: string;
  readonly receipt: Receipt;
}

/** A version whose receipt says nothing: what it is and where it came from is not known. */
export interface Damaged {
  readonly name: PackageName;
  readonly version: string;
  readonly folder: string;
  readonly error: MpakError;
}

export class BundleCache {
  /** The home of mpak. */
  readonly home: string;
  readonly root: string;

  constructor(home: string) {
    this.home = home;
    this.root = path.join(home, 'cache');
  }

  packageFolder(name: PackageName): string {
    const [scope, base] = name.slice(1).split('/') as [string, string];
    return path.join(this.root, scope, base);
  }

  versionFolder(name: PackageName, version: string): string {
    return path.join(this.packageFolder(name), version);
  }

  receiptFile(name: PackageName, version: string): string {
    return path.join(this.packageFolder(name), `${version}.json`);
  }

  temporaryFile(name: PackageName, suffix: string): string {
    return path.join(this.packageFolder(name), `tmp-${randomBytes(8).toString('hex')}${suffix}`);
  }

  /** Runs the work while no other process changes the package. Makes its folder, and clears away what was left there. */
  async change<T>(name: PackageName, work: () => Promise<T>): Promise<T> {
    const folder = this.packageFolder(name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const options = { waitMs: LOCK_WAIT_MS, holder: `Another process that changes ${name}` };
    return withLock(path.join(folder, 'lock'), options, async () => {
      this.#tidy(name);
      return work();
    });
  }

  /**
   * The version of the package that is on this machine whole, or undefined.
   * @param version as typed: what is no version is not installed
   * @throws MpakError CACHE_DAMAGED when its receipt is none
   */
  find(name: PackageName, version: string): Installed | undefined {
    if (!isVersion(version)) return undefined;
    const receipt = readReceipt(this.receiptFile(name, version), name, version);
    const folder = this.versionFolder(name, version);
    if (receipt === undefined || !isFolder(folder)) return undefined;
    return { name, version, folder, receipt };
  }

  /** The version that runs, or undefined when the package is not installed. */
  findCurrent(name: PackageName): Installed | undefined {
    const current = this.current(name);
    return current && this.find(name, current.version);
  }

  /** What an installation is compared with: the version that runs; where nobody knows which, the highest. */
  baseline(name: PackageName): Installed | undefined {
    return this.findCurrent(name) ?? this.versions(name)[0];
  }

  /** What was made current last; undefined when nothing was, or what is written there means nothing. */
  current(name: PackageName): Current | undefined {
    let current: Partial<Current> | null;
    try {
      const file = path.join(this.packageFolder(name), 'current.json');
      const tooLarge = () => new SyntaxError(`${file} is too large`);
      current = JSON.parse(readRegularFile(file, { most: MAX_POINTER_BYTES, tooLarge }).toString('utf8'));
    } catch (error) {
      const { code } = error as { code?: unknown };
      const isNone = isMissing(error) || code === 'ELOOP' || code === 'USAGE' || error instanceof SyntaxError;
      if (isNone) return undefined;
      throw error;
    }
    const { version, previous } = current ?? {};
    if (!isVersion(version)) return undefined;
    return { version, previous: Array.isArray(previous) ? previous.filter(isVersion) : [] };
  }

  /** Makes an installed version the one that runs. Call it in `change`. */
  setCurrent(name: PackageName, version: string): void {
    const before = this.current(name);
    const known = before === undefined ? [] : [before.version, ...before.previous];
    const previous = [...new Set(known)].filter((other) => other !== version);
    const file = path.join(this.packageFolder(name), 'current.json');
    writeFileAtomic(file, `${JSON.stringify({ version, previous } satisfies Current)}\n`);
  }

  /** Every version that is installed, by name, highest first; without those whose receipt is damaged. */
  list(): Installed[] {
    return this.packages().flatMap((name) => this.versions(name));
  }

  /** The versions whose receipts are damaged, in the same order. */
  damaged(): Damaged[] {
    return this.packages().flatMap((name) =>
      this.#looks(name).flatMap((look) => ('error' in look ? [look] : [])),
    );
  }

  /** The packages that have been installed; of some, nothing may be left. */
  packages(): PackageName[] {
    return folders(this.root).flatMap((scope) =>
      folders(path.join(this.root, scope)).flatMap((base) => {
        const text = `@${scope}/${base}`;
        const name = parsePackageName(text);
        return name === text ? [name] : [];
      }),
    );
  }

  /** The versions of a package that are installed, highest first; without those whose receipt is damaged. */
  versions(name: PackageName): Installed[] {
    return this.#looks(name).flatMap((look) => ('error' in look ? [] : [look]));
  }

  /** The same, whatever their receipts say. */
  versionNames(name: PackageName): string[] {
    return folders(this.packageFolder(name))
      .filter((version) => isVersion(version) && this.#isWhole(name, version))
      .sort(semver.rcompare);
  }

  /**
   * Takes a version off the disk, so that at each point the version that runs is whole: first another one runs, if there
   * is one, then the receipt goes, with which the version ends, then its files. Call it in `change`.
   * @param isPreferred of the versions that ran before, the first such one runs then; the first of all when there is none
   */
  remove(name: PackageName, version: string, isPreferred: (version: string) => boolean = () => true): void {
    const current = this.current(name);
    const file = path.join(this.packageFolder(name), 'current.json');
    const known = current === undefined ? [] : [current.version, ...current.previous];
    const left = known.filter((other) => other !== version && this.#isWhole(name, other));
    const first = version === current?.version ? (left.find(isPreferred) ?? left[0]) : left[0];
    const previous = left.filter((other) => other !== first);
    if (first !== undefined)
      writeFileAtomic(file, `${JSON.stringify({ version: first, previous } satisfies Current)}\n`);
    removeFile(this.receiptFile(name, version));
    // A pointer that means nothing is not ours to judge.
    if (current !== undefined && first === undefined) removeFile(file);
    this.#removeFolder(name, version);
  }

  /** Takes all of them off the disk; the one that runs goes last, so that until then it runs. Call it in `change`. */
  removeAll(
    name: PackageName,
    versions: readonly string[],
    isPreferred?: (version: string) => boolean,
  ): void {
    const runs = this.current(name)?.version;
    for (const version of versions) if (version !== runs) this.remove(name, version);
    if (runs !== undefined && versions.includes(runs)) this.remove(name, runs, isPreferred);
  }

  #looks(name: PackageName): (Installed | Damaged)[] {
    return this.versionNames(name).flatMap((version) => {
      try {
        return this.find(name, version) ?? [];
      } catch (error) {
        if (!(error instanceof MpakError)) throw error;
        return { name, version, folder: this.versionFolder(name, version), error };
      }
    });
  }

  #isWhole(name: PackageName, version: string): boolean {
    return existsSync(this.receiptFile(name, version)) && isFolder(this.versionFolder(name, version));
  }

  /** What a killed process has left: work in progress, and versions without their receipt. */
  #tidy(name: PackageName): void {
    const folder = this.packageFolder(name);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      // The receipt of a prerelease has a name that is a version too: only folders are versions.
      if (isWorkInProgress(entry)) rmSync(path.join(folder, entry.name), { recursive: true, force: true });
      else if (entry.isDirectory() && isVersion(entry.name) && !this.#isWhole(name, entry.name))
        this.#removeFolder(name, entry.name);
    }
  }

  /** By a rename first: a folder is there or it is not. */
  #removeFolder(name: PackageName, version: string): void {
    const folder = this.versionFolder(name, version);
    const aside = this.temporaryFile(name, '');
    try {
      renameSync(folder, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Whatever is there by that name. `rmSync` alone says of a read-only disk only that something is unknown. */
function removeFile(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    if (!isFolder(file)) throw error;
    rmSync(file, { recursive: true, force: true });
  }
}

/** Folders of extractions and removals, downloads, and files on their way to be a receipt or `current.json`. */
function isWorkInProgress(entry: Dirent): boolean {
  const { name } = entry;
  if (name.startsWith('tmp-') || name.startsWith(ASIDE_PREFIX)) return true;
  return entry.isFile() && UNFINISHED.test(name);
}

/** A version as the log has it: nothing else is one, and none is a path. */
function isVersion(text: unknown): text is string {
  return typeof text === 'string' && semver.valid(text) === text;
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function folders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
