/** What is true of an index as a whole: how far it has come in the log. */
import type Database from 'better-sqlite3';
import { decodeEdge, type Edge, EMPTY_EDGE, encodePeaks } from '../log/tree.ts';
import { damagedIndex } from './damaged.ts';

/** The tree's right edge over all entries that were applied. */
export function readEdge(db: Database.Database): Edge {
  const read = db.prepare('SELECT value FROM meta WHERE key = ?').pluck();
  const size = read.get('tree_size');
  const peaks = read.get('tree_peaks');
  if (size === undefined || peaks === undefined) return EMPTY_EDGE;
  return decodeEdge(Number(size), peaks as Buffer);
}

export function writeEdge(db: Database.Database, edge: Edge): void {
  const write = db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  // A number would be stored as a float: the column takes any type.
  write.run('tree_size', BigInt(edge.size));
  write.run('tree_peaks', Buffer.from(encodePeaks(edge)));
}

/** How many packages are in the posting lists. @throws MpakError INDEX_UNREADABLE when it is no number of packages */
export function readListed(db: Database.Database): number {
  const listed = db.prepare("SELECT value FROM meta WHERE key = 'listed'").pluck().get() ?? 0;
  if (!Number.isSafeInteger(listed) || (listed as number) < 0)
    throw damagedIndex('The number of packages in the index is damaged.');
  return listed as number;
}

export function writeListed(db: Database.Database, listed: number): void {
  db.prepare(
    "INSERT INTO meta (key, value) VALUES ('listed', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  ).run(BigInt(listed));
}

/** How many ranks there were when all packages were ranked; ranks above are recent. */
export function readRanked(db: Database.Database): number {
  return Number(db.prepare("SELECT value FROM meta WHERE key = 'ranked'").pluck().get() ?? 0);
}

export function writeRanked(db: Database.Database, ranked: number): void {
  db.prepare(
    "INSERT INTO meta (key, value) VALUES ('ranked', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  ).run(BigInt(ranked));
}
