/** What the log says of a package's deprecation so far: the same statement twice does not make it grow. */
import type Database from 'better-sqlite3';
import { deprecationsOf } from '../src/lib/index/read-status.ts';
import type { DeprecateEntry } from '../src/lib/log/entry.ts';

/** Whether the log says so already: its newest word is the same of the same speaker, or there is none to take back. */
export function says(
  db: Database.Database,
  { package: name, versions, message, successor, provenance }: DeprecateEntry,
): boolean {
  const newest = deprecationsOf(db, name)[0];
  if (newest === undefined) return message === '';
  return (
    newest.versions === versions &&
    newest.message === message &&
    newest.successor === (successor ?? null) &&
    newest.by_publisher === (provenance !== undefined)
  );
}
