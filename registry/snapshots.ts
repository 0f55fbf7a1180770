/** The snapshots on the disk: `<size>-<sha256>.db.zst`, both of them in the name. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SnapshotReference } from '../src/lib/log/checkpoint-form.ts';
import { SNAPSHOT_LIMITS } from './limits.ts';

const NAME = /^(0|[1-9]\d{0,15})-([0-9a-f]{64})\.db\.zst$/;

export const TEMPORARY_PREFIX = '.tmp-';

export interface SnapshotFile {
  readonly file: string;
  readonly name: string;
  /** Log entries that it holds. */
  readonly size: number;
  /** Of the file, compressed. */
  readonly sha256: string;
  readonly bytes: number;
  readonly madeAt: Date;
}

export function snapshotName(size: number, sha256: string): string {
  return `${size}-${sha256}.db.zst`;
}

/** The newest first. */
export function listSnapshots(folder: string): SnapshotFile[] {
  const found: SnapshotFile[] = [];
  for (const name of readdirSync(folder)) {
    const snapshot = readSnapshot(folder, name);
    if (snapshot !== undefined) found.push(snapshot);
  }
  return found.sort((a, b) => b.size - a.size || b.madeAt.getTime() - a.madeAt.getTime());
}

/**
 * The newest one that a log of that size can have. A larger one is of another log: the database was restored from a
 * backup, say. No client would take a checkpoint that names it.
 */
export function newestSnapshot(folder: string, logSize: number): SnapshotFile | undefined {
  return listSnapshots(folder).find(({ size }) => size <= logSize);
}

/** The snapshot of that name, or undefined when there is none. */
export function readSnapshot(folder: string, name: string): SnapshotFile | undefined {
  const [, size, sha256] = NAME.exec(name) ?? [];
  if (size === undefined || sha256 === undefined) return undefined;
  const file = path.join(folder, name);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  return { file, name, size: Number(size), sha256, bytes: stat.size, madeAt: stat.mtime };
}

/** As a checkpoint names it. */
export function snapshotReference({ name, size, sha256, bytes }: SnapshotFile): SnapshotReference {
  return { size, sha256, bytes, path: `/v1/index/snapshots/${name}` };
}

/**
 * Keeps the newest ones: the one in the last checkpoint, and the one that a client may be downloading.
 * @param size of the one that was made just now: larger ones are not of this log
 */
export function removeOldSnapshots(folder: string, size: number): void {
  const all = listSnapshots(folder);
  const kept = new Set(all.filter((snapshot) => snapshot.size <= size).slice(0, SNAPSHOT_LIMITS.kept));
  for (const snapshot of all) if (!kept.has(snapshot)) rmSync(snapshot.file, { force: true });
}

/** Clears what a run that was killed left behind. Call it while no other run can be under way. */
export function removeTemporaryFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(TEMPORARY_PREFIX)) rmSync(path.join(folder, name), { force: true });
  }
}

/** Whether enough has changed for a new snapshot. */
export function isSnapshotDue(
  logSize: number,
  newest: Pick<SnapshotFile, 'size' | 'madeAt'> | undefined,
  now: Date,
): boolean {
  if (newest === undefined) return logSize >= SNAPSHOT_LIMITS.firstEntries;
  const grown = logSize - newest.size;
  if (grown <= 0) return false;
  const age = now.getTime() - newest.madeAt.getTime();
  const enough = Math.max(SNAPSHOT_LIMITS.grownEntries, newest.size * SNAPSHOT_LIMITS.grownShare);
  return grown >= enough || age >= SNAPSHOT_LIMITS.maxAgeMs;
}
