/**
 * The static rank of packages: the most downloaded first, then by name. Posting lists are in its order, so that the best
 * of many matches are found without sorting. A package that is new gets the next rank behind all others; a registry ranks
 * anew before it makes a snapshot.
 */
import type Database from 'better-sqlite3';
import { type Document, DocumentWriter, wordsOf } from './document.ts';
import { FacetsWriter } from './facets.ts';
import { readRanked, writeListed, writeRanked } from './meta.ts';

/** Packages whose texts are in memory at a time. */
const BATCH = 5_000;

type PackageText = Omit<Document, 'tools'> & { readonly id: number; readonly rank: number };

/**
 * Ranks all packages and makes the posting lists anew, in the caller's transaction. It does nothing when every
 * package has the rank that it should have.
 * @returns whether anything changed
 */
export function rerank(db: Database.Database): boolean {
  if (!db.inTransaction) throw new Error('rerank runs in the transaction of its caller');
  const misplaced = db
    .prepare(
      `SELECT 1 FROM (SELECT rank, row_number() OVER (ORDER BY downloads DESC, name) AS place FROM packages)
       WHERE rank <> place LIMIT 1`,
    )
    .get();
  const ranks = db.prepare<[], number>('SELECT coalesce(max(rank), 0) FROM packages').pluck().get() as number;
  if (misplaced === undefined && readRanked(db) === ranks) return false;
  // Ranks are unique at every moment: the new ones are negative until all are given.
  db.exec(`
    UPDATE packages SET rank = -ranked.place
    FROM (SELECT id, row_number() OVER (ORDER BY downloads DESC, name) AS place FROM packages) AS ranked
    WHERE packages.id = ranked.id;
    UPDATE packages SET rank = -rank, recent = 0;
    DELETE FROM postings;
    DELETE FROM facets;
  `);
  writeRanked(db, ranks);
  writeListed(db, 0);
  writeDocuments(db);
  return true;
}

function writeDocuments(db: Database.Database): void {
  const texts = db.prepare<[number, number], PackageText>(
    `SELECT id, rank, name, display_name, description, keywords, author_name FROM packages
     WHERE rank > ? AND latest_id IS NOT NULL ORDER BY rank LIMIT ?`,
  );
  const tools = db.prepare<[number], Document['tools'][number]>(
    'SELECT name, description FROM tools WHERE package_id = ? ORDER BY position',
  );
  const facets = new FacetsWriter(db);
  const documents = new DocumentWriter(db);
  let last = 0;
  for (;;) {
    const batch = texts.all(last, BATCH);
    for (const text of batch) {
      const { terms } = wordsOf({ ...text, tools: tools.all(text.id) });
      documents.change(text.rank, new Map(), terms);
    }
    facets.write(batch.map(({ id }) => id));
    last = batch.at(-1)?.rank ?? last;
    if (batch.length < BATCH) break;
  }
  documents.flush();
}
