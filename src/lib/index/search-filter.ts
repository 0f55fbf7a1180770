/** What narrows a search. */
import type Database from 'better-sqlite3';
import type { SearchQuery } from './bundle-types.ts';
import { type Facets, facetFilter } from './facets.ts';
import type { Bits } from './places.ts';

/** Returns those of some packages that pass. */
export type Filter = (packages: Bits) => Bits;

/** How long a package stays in search after its latest version was deprecated, in milliseconds: UP-03. */
export const DEPRECATED_IN_SEARCH_MS = 90 * 24 * 3_600_000;

/** What a search at that time leaves out. */
export function longDeprecated(now: Date): Required<Pick<SearchQuery, 'deprecatedBefore'>> {
  return { deprecatedBefore: new Date(now.getTime() - DEPRECATED_IN_SEARCH_MS).toISOString() };
}

/** @param holdsOthers the index lists what is no bundle, too @returns undefined when everything passes */
export function filterOf(
  facets: () => Facets,
  old: OldReader,
  query: SearchQuery,
  holdsOthers: boolean,
): Filter | undefined {
  const byFacet = facetFilter({ ...query, bundlesOnly: holdsOthers && query.allTypes !== true }, facets);
  const gone = query.deprecatedBefore === undefined ? [] : old(query.deprecatedBefore);
  if (gone.length === 0 && byFacet === undefined) return undefined;
  return (packages) => {
    const bits = packages.slice();
    for (const rank of gone) {
      const at = rank >>> 5;
      if (at < bits.length) bits[at] = (bits[at] as number) & ~(1 << (rank & 31));
    }
    byFacet?.(bits);
    return bits;
  };
}

/** From a time to the ranks of the packages whose latest version was deprecated before it. */
export type OldReader = (before: string) => readonly number[];

/**
 * Times are written with and without seconds and their fractions, so those of the same minute are compared as numbers.
 */
export function oldReader(db: Database.Database): OldReader {
  const read = db
    .prepare<{ minute: string; before: string }, number>(
      `SELECT rank FROM packages
       WHERE deprecated_at IS NOT NULL AND deprecated_at < @minute || '~'
         AND (deprecated_at < @minute OR unixepoch(deprecated_at, 'subsec') < unixepoch(@before, 'subsec'))`,
    )
    .pluck();
  return (before) => read.all({ minute: before.slice(0, 'yyyy-mm-ddThh:mm'.length), before });
}
