/**
 * The files that one sync makes on its way, and the lines that it fetches. What is not brought into use is gone when it
 * ends.
 */
import { rmSync } from 'node:fs';
import type { Checkpoint } from '../log/checkpoint-form.ts';
import { appendLeaves, type Edge, leafHash } from '../log/tree.ts';
import type { RegistryClient } from '../remote/registry-client.ts';
import { readSpool, type Spool, spoolPages, tampered } from './pages.ts';
import type { IndexStore } from './store.ts';
import { rootOf } from './trust.ts';

export interface Progress {
  readonly step: 'snapshot' | 'pages' | 'apply' | 'verify';
  readonly done: number;
  readonly total: number;
}

/** Lines, and the edge that a smaller tree has with them. */
export interface Extension {
  readonly spool: Spool;
  readonly edge: Edge;
}

export class Workspace {
  readonly store: IndexStore;
  readonly client: RegistryClient;
  readonly onProgress: (progress: Progress) => void;
  readonly #files = new Set<string>();

  constructor(store: IndexStore, client: RegistryClient, onProgress: (progress: Progress) => void) {
    this.store = store;
    this.client = client;
    this.onProgress = onProgress;
  }

  /** A file that is removed at the end. */
  temporaryFile(suffix: string): string {
    const file = this.store.temporaryFile(suffix);
    this.#files.add(file);
    return file;
  }

  /** A database that is removed at the end unless it is kept. */
  newIndex(): string {
    const file = this.store.newIndexFile();
    this.#files.add(file);
    return file;
  }

  keep(file: string): void {
    this.#files.delete(file);
  }

  clean(): void {
    for (const file of this.#files) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    }
  }

  /** Fetches the lines from `from` up to but not including `to` into a file. */
  async spool(from: number, to: number): Promise<Spool> {
    const spool = { file: this.temporaryFile('.log'), from, to };
    const total = to - from;
    await spoolPages(this.client, spool, (done) => this.onProgress({ step: 'pages', done, total }));
    return spool;
  }

  /**
   * Proves that the checkpoint's log grew out of a smaller one: with the lines in between, its edge has the signed root.
   * @returns undefined when there is nothing in between
   * @throws MpakError TAMPERED_LOG
   */
  async grow(edge: Edge | undefined, checkpoint: Checkpoint): Promise<Extension | undefined> {
    if (edge === undefined || edge.size >= checkpoint.size) return undefined;
    const spool = await this.spool(edge.size, checkpoint.size);
    const extended = appendLeaves(edge, Iterator.from(readSpool(spool)).map(leafHash));
    expectRoot(extended, checkpoint);
    return { spool, edge: extended };
  }
}

/** @throws MpakError TAMPERED_LOG */
export function expectRoot(edge: Edge, checkpoint: Checkpoint): void {
  const root = rootOf(edge);
  if (root !== checkpoint.root) {
    throw tampered(`its ${edge.size} entries have the root ${root}, and ${checkpoint.root} was signed`);
  }
}
