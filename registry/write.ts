/** Write transactions that share the database with other processes without stalling the server. */
import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { MpakError } from '../src/lib/errors.ts';
import { WRITE_LIMITS } from './limits.ts';

/**
 * Runs `work` in one immediate transaction. While another process writes, it waits between attempts rather than in
 * them.
 * @throws MpakError BUSY when that takes longer than `patienceMs`
 */
export async function writeTransaction<T>(
  db: Database.Database,
  work: () => T,
  patienceMs: number = WRITE_LIMITS.patienceMs,
): Promise<T> {
  const transaction = db.transaction(work);
  const deadline = Date.now() + patienceMs;
  const [first, last] = WRITE_LIMITS.backoffMs;
  for (let pause: number = first; ; pause = Math.min(pause * 2, last)) {
    try {
      return transaction.immediate();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (Date.now() >= deadline) {
        throw new MpakError('BUSY', `${db.name} is being written by another process.`, {
          hint: 'Try again when it has finished.',
          cause: error,
        });
      }
    }
    await sleep(pause * (0.5 + Math.random()));
  }
}

export function isBusy(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
}
