/**
 * Brings the most downloaded packages to the front of the ranks, some at a time, by trading places. A registry does so
 * while it is announced to: to rank all packages (rank.ts) would keep its database from others for seconds. What is not
 * among the most downloaded stays in the order in which it came; snapshots are ranked throughout.
 */
import type Database from 'better-sqlite3';
import { type Document, DocumentWriter, wordsOf } from './document.ts';
import { FacetsWriter } from './facets.ts';
import type { Place } from './places.ts';

interface Misplaced {
  readonly id: number;
  readonly rank: number;
  /** The rank that it should have. */
  readonly place: number;
}

const MISPLACED = `
  SELECT id, rank, place FROM (
    SELECT id, rank, row_number() OVER (ORDER BY downloads DESC, name) AS place FROM (
      SELECT id, rank, downloads, name FROM packages WHERE recent = 0 AND downloads > 0
      UNION ALL SELECT id, rank, downloads, name FROM packages WHERE recent = 1 AND downloads > 0
      ORDER BY downloads DESC, name LIMIT ?))
  WHERE rank <> place ORDER BY place LIMIT 1`;

/** Whether one of the `first` most downloaded packages is not in its place. */
export function isPromotionDue(db: Database.Database, first: number): boolean {
  return db.prepare(MISPLACED).get(first) !== undefined;
}

/**
 * Moves packages in the caller's transaction.
 * @param first how many of the most downloaded packages must be in their places
 * @param atOnce how many are moved at most
 */
export function promote(db: Database.Database, first: number, atOnce: number): void {
  if (!db.inTransaction) throw new Error('promote runs in the transaction of its caller');
  const next = db.prepare<[number], Misplaced>(MISPLACED);
  const occupant = db.prepare<[number], number>('SELECT id FROM packages WHERE rank = ?').pluck();
  const setRank = db.prepare<[number, number]>('UPDATE packages SET rank = ? WHERE id = ?');
  const terms = termReader(db);
  const documents = new DocumentWriter(db);
  const ids = new Set<number>();
  for (let moved = 0; moved < atOnce; moved += 1) {
    const misplaced = next.get(first);
    if (misplaced === undefined) break;
    const { id, rank, place } = misplaced;
    const other = occupant.get(place);
    const [mine, theirs] = [terms(id), other === undefined ? NO_TERMS : terms(other)];
    // Ranks are unique at every moment.
    setRank.run(-rank, id);
    if (other !== undefined) setRank.run(rank, other);
    setRank.run(place, id);
    documents.change(rank, mine, theirs);
    documents.change(place, theirs, mine);
    ids.add(id);
    if (other !== undefined) ids.add(other);
  }
  documents.flush();
  new FacetsWriter(db).write(ids);
}

const NO_TERMS: ReadonlyMap<string, Place> = new Map();

/** Returns a function from the id of a package to what the posting lists hold of it. */
function termReader(db: Database.Database): (packageId: number) => ReadonlyMap<string, Place> {
  const text = db.prepare<[number], Omit<Document, 'tools'>>(
    `SELECT name, display_name, description, keywords, author_name FROM packages
     WHERE id = ? AND latest_id IS NOT NULL`,
  );
  const tools = db.prepare<[number], Document['tools'][number]>(
    'SELECT name, description FROM tools WHERE package_id = ? ORDER BY position',
  );
  return (packageId) => {
    const found = text.get(packageId);
    if (found === undefined) return NO_TERMS;
    return wordsOf({ ...found, tools: tools.all(packageId) }).terms;
  };
}
