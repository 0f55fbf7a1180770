/**
 * The registry that an installed version came from. Its index says how the version stands and what is newer, whichever
 * registry is chosen now: another one may know another package by the same name.
 */
import type Database from 'better-sqlite3';
import type { BundleCache, Installed } from '../cache/bundle-cache.ts';
import { parseRegistryUrl } from '../config/registry-url.ts';
import { MpakError } from '../errors.ts';
import { sourceOf } from '../index/read-source.ts';
import { IndexStore } from '../sync/store.ts';
import { systemError } from '../system-error.ts';

/** The index of the registry in its receipt. */
export function originOf({ home }: BundleCache, { receipt }: Pick<Installed, 'receipt'>): IndexStore {
  return new IndexStore(home, parseRegistryUrl(receipt.registry, 'The registry of a receipt'));
}

/**
 * Asks an index about what is installed.
 * @throws MpakError INDEX_MISSING, INDEX_UNREADABLE, SCHEMA_NEWER with the command that mends the index of that registry
 */
export function askIndex<T>(store: IndexStore, ask: (db: Database.Database) => T): T {
  return telling(store, () => {
    const db = store.open();
    try {
      return ask(db);
    } finally {
      db.close();
    }
  });
}

/** Opens the index of a registry for reading; the caller closes it. @throws MpakError as `askIndex` */
export function openIndexOf(store: IndexStore): Database.Database {
  return telling(store, () => {
    const db = store.open();
    try {
      // Told now when it is no index.
      sourceOf(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

function telling<T>(store: IndexStore, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw told(store, error);
  }
}

function told({ label }: IndexStore, error: unknown): unknown {
  const known = error instanceof MpakError ? error : (systemError(error) ?? unreadable(error));
  const why = 'Until then nobody knows what is revoked, so nothing from there is run.';
  const hints: Readonly<Record<string, string>> = {
    INDEX_MISSING: `Fetch it: \`mpak sync --registry ${label}\`.`,
    INDEX_UNREADABLE: `Fetch it anew: \`mpak sync --full --registry ${label}\`. ${why}`,
    IO_FAILED: `${known?.hint ?? ''} ${why}`.trim(),
    SCHEMA_NEWER: `${known?.hint ?? 'Update mpak.'} ${why}`,
  };
  const hint = known && hints[known.code];
  if (known === undefined || hint === undefined) return error;
  const message = known.message.includes(label) ? known.message : `The index of ${label}: ${known.message}`;
  return new MpakError(known.code, message, { hint, cause: error });
}

/** A database that is sound, and no index: tables or columns are missing. */
function unreadable(error: unknown): MpakError | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined;
  return new MpakError('INDEX_UNREADABLE', `It is damaged: ${String(message)}.`, { cause: error });
}
