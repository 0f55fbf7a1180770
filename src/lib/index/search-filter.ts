/** What narrows a search, as lists of the packages that are left or left out. */
import type Database from 'better-sqlite3';
import { ARCHITECTURES, OPERATING_SYSTEMS, type SearchQuery } from './bundle-types.ts';
import { levelTerm, platformTerm, typeTerm } from './facets.ts';
import { keepIn, type Postings, postingOf, union, without } from './posting-list.ts';
import type { PostingsReader } from './postings.ts';

const HIGHEST_LEVEL = 4;

export interface Filter {
  /** A package that is left is in each of them. */
  readonly allowed: readonly Postings[];
  /** Those that were deprecated too long ago. */
  readonly old: Postings;
}

/** How long a package stays in search after its latest version was deprecated, in milliseconds: UP-03. */
export const DEPRECATED_IN_SEARCH_MS = 90 * 24 * 3_600_000;

/** What a search at that time leaves out. */
export function longDeprecated(now: Date): Required<Pick<SearchQuery, 'deprecatedBefore'>> {
  return { deprecatedBefore: new Date(now.getTime() - DEPRECATED_IN_SEARCH_MS).toISOString() };
}

export function filterOf(postings: PostingsReader, old: OldReader, query: SearchQuery): Filter {
  const allowed: Postings[] = [];
  const anyOf = (terms: readonly string[]) => allowed.push(union(terms.map((term) => postings.read(term))));
  const { type, certified, os, arch, deprecatedBefore } = query;
  if (type !== undefined) anyOf([typeTerm(type)]);
  if (certified !== undefined) {
    const levels = Array.from({ length: HIGHEST_LEVEL + 1 }, (_, level) => level);
    anyOf(levels.filter((level) => level >= certified).map(levelTerm));
  }
  if (os !== undefined || arch !== undefined) {
    const systems = OPERATING_SYSTEMS.filter((one) => os === undefined || one === os || one === 'any');
    const archs = ARCHITECTURES.filter((one) => arch === undefined || one === arch || one === 'any');
    anyOf(systems.flatMap((system) => archs.map((one) => platformTerm(system, one))));
  }
  return { allowed, old: deprecatedBefore === undefined ? new Uint32Array(0) : old(deprecatedBefore) };
}

export function isEmpty({ allowed, old }: Filter): boolean {
  return allowed.length === 0 && old.length === 0;
}

/** What is left of a list. */
export function pass({ allowed, old }: Filter, postings: Postings): Postings {
  return without(allowed.reduce(keepIn, postings), old);
}

export type OldReader = (before: string) => Postings;

/**
 * Returns a function from a time to the packages whose latest version was deprecated before it. Times are written with
 * and without seconds and their fractions, so those of the same minute are compared as numbers.
 */
export function oldReader(db: Database.Database): OldReader {
  const read = db
    .prepare<{ minute: string; before: string }, number>(
      `SELECT rank FROM packages
       WHERE deprecated_at IS NOT NULL AND deprecated_at < @minute || '~'
         AND (deprecated_at < @minute OR unixepoch(deprecated_at, 'subsec') < unixepoch(@before, 'subsec'))`,
    )
    .pluck();
  return (before) => {
    const ranks = read.all({ minute: before.slice(0, 'yyyy-mm-ddThh:mm'.length), before });
    return Uint32Array.from(ranks, (rank) => postingOf(rank, 0)).sort();
  };
}
