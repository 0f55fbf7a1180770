/**
 * Files of the user's own, unpacked by `mpak run --local`:
 *
 *   local/<sha256 of the file>/   its modification time: when it was last started
 *   local/lock                    held by who unpacks or takes away
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { ASIDE_PREFIX } from '../bundle/aside.ts';
import { withLock } from '../lock.ts';

/** How long one process waits for another that unpacks, in milliseconds. */
const LOCK_WAIT_MS = 10 * 60_000;
/** What was not started for this long is taken away. */
const UNUSED_MS = 30 * 24 * 3_600_000;

export class LocalFiles {
  readonly root: string;

  /** @param home the home of mpak */
  constructor(home: string) {
    this.root = path.join(home, 'local');
  }

  folder(sha256: string): string {
    return path.join(this.root, sha256);
  }

  /** Says that it is started now. @returns whether it is there */
  touch(folder: string, now: Date): boolean {
    try {
      utimesSync(folder, now, now);
    } catch {
      // Not there, or a disk that may not be written and takes nothing away either.
    }
    return isFolder(folder);
  }

  /** Runs the work while nobody else changes the folder; clears away what a killed process has left. */
  async change<T>(work: () => T): Promise<T> {
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    const options = { waitMs: LOCK_WAIT_MS, holder: 'Another `mpak run --local`' };
    return withLock(path.join(this.root, 'lock'), options, async () => {
      for (const name of readdirSync(this.root)) {
        if (name.startsWith(ASIDE_PREFIX))
          rmSync(path.join(this.root, name), { recursive: true, force: true });
      }
      return work();
    });
  }

  /** Takes away what was not started for thirty days. @returns the digests of the files that were unpacked there */
  async prune(now: Date): Promise<string[]> {
    if (!isFolder(this.root)) return [];
    return this.change(() =>
      readdirSync(this.root)
        .filter((name) => /^[0-9a-f]{64}$/.test(name))
        .filter((name) => this.#takeAway(name, now)),
    );
  }

  #takeAway(name: string, now: Date): boolean {
    const folder = this.folder(name);
    if (!isUnused(folder, now)) return false;
    const aside = path.join(this.root, `${ASIDE_PREFIX}${name}`);
    renameSync(folder, aside);
    // Somebody has started it between the two.
    if (!isUnused(aside, now)) {
      renameSync(aside, folder);
      return false;
    }
    rmSync(aside, { recursive: true, force: true });
    return true;
  }
}

function isUnused(folder: string, now: Date): boolean {
  return now.getTime() - statSync(folder).mtimeMs > UNUSED_MS;
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
