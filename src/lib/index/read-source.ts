/**
 * Where the rows of an index come from. `signed`: a log that was verified. `bundles` and `mcp`: what a registry without a
 * log answered when it was crawled, which nobody signed. docs/registries.md describes the kinds.
 */
import type Database from 'better-sqlite3';

export const SOURCES = ['signed', 'bundles', 'mcp'] as const;
export type IndexSource = (typeof SOURCES)[number];

/** What an index is made of. One that does not say is of a signed log. */
export function sourceOf(db: Database.Database): IndexSource {
  const source = db.prepare("SELECT value FROM meta WHERE key = 'source'").pluck().get();
  // What is not known is not taken for signed.
  return source === undefined || source === 'signed' ? 'signed' : source === 'mcp' ? 'mcp' : 'bundles';
}

/**
 * Makes an empty index one that is crawled: nothing unsigned ever enters an index that holds, or held, anything signed.
 * @throws Error when the index is another one already
 */
export function declareSource(db: Database.Database, source: Exclude<IndexSource, 'signed'>): void {
  const known = db.prepare("SELECT value FROM meta WHERE key = 'source'").pluck().get();
  if (known === source) return;
  const isEmpty = db
    .prepare('SELECT NOT EXISTS (SELECT 1 FROM packages) AND NOT EXISTS (SELECT 1 FROM meta)')
    .pluck()
    .get();
  if (isEmpty !== 1) throw new Error(`${db.name} is an index of another kind than ${source}`);
  db.prepare("INSERT INTO meta (key, value) VALUES ('source', ?)").run(source);
}

/** For whoever applies entries of a log. @throws Error when the index is crawled */
export function requireSigned(db: Database.Database): void {
  if (sourceOf(db) !== 'signed') throw new Error(`${db.name} is crawled: no entries of a log enter it`);
}

/** For whoever applies what nobody signed. @throws Error when the index is of a log */
export function requireCrawled(db: Database.Database): void {
  if (sourceOf(db) === 'signed') throw new Error(`${db.name} is of a signed log: nothing else enters it`);
}
