/**
 * Where the index of a registry is on disk:
 *
 *   index/<registry>/current      the name of the index file in use: switching is replacing this small file
 *   index/<registry>/index-….db   the index; another one only while a newer is made, and until the next sync
 *   index/<registry>/trust.json   what is known of the registry's keys and log, see trust.ts
 *   index/<registry>/lock         held by the one sync that runs
 *   index/<registry>/tmp-…        downloads in progress
 *
 * A file is never renamed over an index: somebody may be reading it, and its write-ahead log would be replayed into
 * the new one.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import { openIndexReadOnly } from '../index/open.ts';

const INDEX_FILE = /^index-[0-9a-f]{16}\.db$/;
/** How often a reader looks again when the index was switched between its two steps. */
const OPEN_ATTEMPTS = 5;

export class IndexStore {
  readonly registry: URL;
  readonly folder: string;

  /** @param home the home of mpak */
  constructor(home: string, registry: URL) {
    this.registry = registry;
    this.folder = path.join(home, 'index', folderName(registry));
  }

  /** The registry's URL as people write it. */
  get label(): string {
    return this.registry.href.replace(/\/+$/, '');
  }

  get lockFile(): string {
    return path.join(this.folder, 'lock');
  }

  get trustFile(): string {
    return path.join(this.folder, 'trust.json');
  }

  /** The index file in use, or undefined before the first sync. */
  current(): string | undefined {
    const name = readTextIfThere(path.join(this.folder, 'current'))?.trim() ?? '';
    return INDEX_FILE.test(name) ? path.join(this.folder, name) : undefined;
  }

  /**
   * Opens the index for reading; the caller closes it.
   * @throws MpakError INDEX_MISSING before the first sync, INDEX_UNREADABLE, SCHEMA_NEWER, IO_FAILED
   */
  open(): Database.Database {
    for (let attempt = 1; ; attempt += 1) {
      const file = this.current();
      if (file === undefined) {
        throw new MpakError('INDEX_MISSING', `There is no index of ${this.label} yet.`, {
          hint: 'Run `mpak sync` to fetch it; after that, search works offline.',
        });
      }
      try {
        return openIndexReadOnly(file);
      } catch (error) {
        // A sync has switched to another index since the pointer was read.
        const switched =
          error instanceof MpakError && error.code === 'INDEX_MISSING' && this.current() !== file;
        if (!switched || attempt === OPEN_ATTEMPTS) throw existsSync(file) ? cannotOpen(file, error) : error;
      }
    }
  }

  /** Makes the folder; clears away what a killed sync or an earlier switch has left. Call it under the lock. */
  tidy(): void {
    const current = this.current();
    for (const name of readdirSync(this.folder)) {
      const isIndex = /^index-[0-9a-f]{16}\.db(-wal|-shm|-journal)?$/.test(name);
      const inUse = current !== undefined && name.startsWith(path.basename(current));
      if (name.includes('tmp-') || (isIndex && !inUse)) rmSync(path.join(this.folder, name), { force: true });
    }
  }

  create(): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
  }

  /** A new name for an index file that is to become the current one. */
  newIndexFile(): string {
    return path.join(this.folder, `index-${randomBytes(8).toString('hex')}.db`);
  }

  temporaryFile(suffix: string): string {
    return path.join(this.folder, `tmp-${randomBytes(8).toString('hex')}${suffix}`);
  }

  /** Makes a complete, closed index file the one in use. The file before it goes at the next sync: it may be read. */
  switchTo(file: string): void {
    if (!existsSync(file)) throw new Error(`${file} is gone`);
    writeFileAtomic(path.join(this.folder, 'current'), `${path.basename(file)}\n`);
  }
}

/** It is there: syncing is not what it lacks. */
function cannotOpen(file: string, error: unknown): unknown {
  if (!(error instanceof MpakError && error.code === 'INDEX_MISSING')) return error;
  return new MpakError('IO_FAILED', `${file} is there, and cannot be opened.`, {
    hint: 'Is it yours to read? On a disk that may only be read, read it once before: `mpak index status`.',
    cause: error,
  });
}

/** A folder name for a registry: its host when that says it all, else with a hash that keeps two URLs apart. */
function folderName(registry: URL): string {
  const url = registry.href.replace(/\/+$/, '');
  if (url === `https://${registry.hostname}` && !registry.hostname.startsWith('[')) return registry.hostname;
  const hash = createHash('sha256').update(url).digest('hex').slice(0, 12);
  return `${url
    .replace(/^https?:\/\//, '')
    .replace(/[^A-Za-z0-9.-]+/g, '_')
    .slice(0, 80)}-${hash}`;
}
