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
