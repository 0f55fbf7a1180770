/**
 * A lock between processes: an exclusive SQLite transaction on a file of its own. The operating system releases it
 * when the process ends, however it ends, so there is no stale lock to clear away.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { MpakError } from './errors.ts';

const RETRY_MS = 50;

export interface LockOptions {
  /** How long to wait for another process, in milliseconds. */
  readonly waitMs: number;
  /** What the other process is probably doing, for the error: "Another `mpak sync`". */
  readonly holder: string;
}

/**
 * Runs the work while no other process holds the lock.
 * @throws MpakError BUSY when another one holds it for longer than `waitMs`
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const db = new Database(file, { timeout: 0 });
  try {
    const deadline = Date.now() + options.waitMs;
    while (!tryLock(db)) {
      if (Date.now() >= deadline) {
        throw new MpakError('BUSY', `${options.holder} is running and holds ${file}.`, {
          hint: 'Try again when it has finished.',
        });
      }
      await sleep(RETRY_MS);
    }
    return await work();
  } finally {
    db.close();
  }
}

function tryLock(db: Database.Database): boolean {
  try {
    db.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}
