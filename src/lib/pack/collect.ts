/**
 * The files of a folder that become a bundle, each under the path that it will have there. Names are held to the rules
 * by which an archive is read; links are followed inside the folder and refused when they lead out of it.
 */
import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { NameGuard } from '../bundle/archive-guard-names.ts';
import { checkPath } from '../bundle/archive-guard-path.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from '../bundle/archive-limits.ts';
import { quote } from '../bundle/archive-refusal.ts';
import { MpakError } from '../errors.ts';
import type { Finding } from './finding.ts';
import type { IgnoreRules } from './ignore-rules.ts';

/** What is in a bundle, or will be. */
export interface BundleContent {
  /** Of every file, with slashes. */
  readonly paths: ReadonlySet<string>;
  /** @param path one of `paths` */
  read(path: string): Buffer;
}

export interface Collected extends BundleContent {
  /** The file on the disk behind one of `paths`. */
  fileOf(path: string): string;
  /** What cannot be packed, and why. */
  readonly problems: readonly Finding[];
}

const LEAVE_OUT = 'Remove it, or leave it out with a line in .mcpbignore.';

/** @param folder must be there @throws Error of the system when something cannot be read */
export function collectFiles(
  folder: string,
  rules: IgnoreRules,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Collected {
  const walk = new Walk(realpathSync(folder), rules, limits);
  walk.enter(walk.root, '', [walk.root]);
  const { files, problems } = walk;
  const fileOf = (name: string) => files.get(name) as string;
  return {
    paths: new Set(files.keys()),
    read: (name) => readFileSync(fileOf(name)),
    fileOf,
    problems,
  };
}

class Walk {
  readonly root: string;
  /** The file on the disk by its path in the bundle. */
  readonly files = new Map<string, string>();
  readonly problems: Finding[] = [];
  readonly #rules: IgnoreRules;
  readonly #limits: ArchiveLimits;
  readonly #names: NameGuard;

  constructor(root: string, rules: IgnoreRules, limits: ArchiveLimits) {
    this.root = root;
    this.#rules = rules;
    this.#limits = limits;
    this.#names = new NameGuard(limits);
  }

  /** @param open real paths of the folders that are being read, from the top */
  enter(folder: string, prefix: string, open: readonly string[]): void {
    // As bytes: a name that is no text is refused, and not another name.
    const entries = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
    entries.sort((one, other) => Buffer.compare(one.name, other.name));
    for (const entry of entries) this.#take(entry, folder, prefix, open);
  }

  #take(entry: Dirent<Buffer>, folder: string, prefix: string, open: readonly string[]): void {
    const name = prefix + entry.name.toString();
    if (!isUtf8(entry.name)) {
      this.#refuse(name, 'has a name that is not UTF-8.');
      return;
    }
    if (this.#rules.ignores(entry.isDirectory() ? `${name}/` : name)) return;
    const file = path.join(folder, entry.name.toString());
    if (entry.isSymbolicLink()) this.#follow(file, name, open);
    else if (entry.isDirectory()) this.enter(file, `${name}/`, [...open, file]);
    else if (entry.isFile()) this.#add(file, name);
    else this.#refuse(name, 'is neither a file nor a folder, and cannot be packed.');
  }

  #follow(link: string, name: string, open: readonly string[]): void {
    let target: string;
    try {
      target = realpathSync(link);
    } catch {
      this.#refuse(name, 'is a link that leads nowhere.');
      return;
    }
    const inside = path.relative(this.root, target).split(path.sep).join('/');
    if (inside === '..' || inside.startsWith('../') || path.isAbsolute(inside)) {
      this.#refuse(name, 'is a link that leads out of the folder.');
      return;
    }
    const status = statSync(target);
    const isFolder = status.isDirectory();
    if (this.#rules.ignores(isFolder ? `${name}/` : name)) return;
    if (inside !== '' && this.#rules.neverPacks(isFolder ? `${inside}/` : inside)) {
      this.#refuse(name, `is a link to ${quote(inside)}, which is never packed.`);
    } else if (isFolder) {
      if (open.some((above) => above === target || above.startsWith(target + path.sep))) {
        this.#refuse(name, 'is a link to a folder that it is in.');
      } else this.enter(target, `${name}/`, [...open, target]);
    } else if (status.isFile()) this.#add(target, name);
    else this.#refuse(name, 'is a link to something that is no file.');
  }

  #add(file: string, name: string): void {
    try {
      checkPath(Buffer.from(name), this.#limits);
      this.#names.add(name, false);
      this.files.set(name, file);
    } catch (error) {
      if (!(error instanceof MpakError)) throw error;
      // One limit for all: after it, each further file would say the same.
      if (error.code === 'ARCHIVE_ENTRY_LIMIT')
        throw new MpakError(error.code, error.message, { hint: LEAVE_OUT });
      this.problems.push({
        severity: 'error',
        path: printable(name),
        message: error.message,
        remedy: 'Rename it, or leave it out with a line in .mcpbignore.',
      });
    }
  }

  #refuse(name: string, what: string): void {
    this.problems.push({
      severity: 'error',
      path: printable(name),
      message: `${quote(name)} ${what}`,
      remedy: LEAVE_OUT,
    });
  }
}

/** A path as it can be shown: quoted when it holds what a terminal would act upon. */
function printable(name: string): string {
  const quoted = quote(name);
  return quoted === `"${name}"` ? name : quoted;
}
