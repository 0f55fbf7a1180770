/**
 * Which paths may be together in an archive: no two that any common file system takes for one. macOS and Windows
 * ignore case, macOS also how an accent is composed.
 */
import { isAscii } from 'node:buffer';
import type { ArchiveLimits } from './archive-limits.ts';
import { quote, refuse } from './archive-refusal.ts';

interface Known {
  readonly path: string;
  readonly isFolder: boolean;
  /** It is an entry of its own, not only a part of a path. */
  listed: boolean;
}

export class NameGuard {
  readonly #limits: ArchiveLimits;
  /** By what is the same everywhere. */
  readonly #known = new Map<string, Known>();
  readonly #folders = new Set<string>();

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** @param path without a folder's slash */
  add(path: string, isFolder: boolean): void {
    this.#addFolders(path);
    this.#claim(path, isFolder, true);
  }

  #addFolders(path: string): void {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (this.#folders.has(folder)) return;
      this.#folders.add(folder);
      this.#claim(folder, true, false);
    }
  }

  #claim(path: string, isFolder: boolean, listed: boolean): void {
    const key = sameEverywhere(path);
    const known = this.#known.get(key);
    if (known === undefined) {
      this.#known.set(key, { path, isFolder, listed });
      if (this.#known.size > this.#limits.entries) {
        refuse('ARCHIVE_ENTRY_LIMIT', `The archive makes more than ${this.#limits.entries} files.`);
      }
      return;
    }
    if (known.path !== path) refuseCollision(known.path, path);
    if (known.isFolder !== isFolder) {
      refuse('ARCHIVE_FILE_AS_FOLDER', `The archive has ${quote(path)} as a file and as a folder.`);
    }
    if (listed && known.listed) {
      refuse('ARCHIVE_DUPLICATE', `The archive has ${quote(path)} twice.`);
    }
    known.listed ||= listed;
  }
}

function refuseCollision(one: string, other: string): never {
  const what = `The archive has ${quote(one)} and ${quote(other)}, which`;
  if (one.normalize() === other.normalize()) {
    refuse('ARCHIVE_NFC_COLLISION', `${what} differ only in how letters are composed.`);
  }
  return refuse('ARCHIVE_CASE_COLLISION', `${what} are the same where case does not count.`);
}

function sameEverywhere(path: string): string {
  if (isAscii(Buffer.from(path))) return path.toLowerCase();
  return path.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}
