/** What narrows a search. */
import type Database from 'better-sqlite3';
import type { SearchQuery } from './bundle-types.ts';
import { facetFilter } from './facets.ts';
import { type Bits, countBits } from './places.ts';
import type { SearchStatements } from './search-statements.ts';

/** Returns those of some packages that pass. */
export type Filter = (packages: Bits) => Bits;

/** How long a package stays in search after its latest version was deprecated, in milliseconds: UP-03. */
export const DEPRECATED_IN_SEARCH_MS = 90 * 24 * 3_600_000;
const MINUTE_MS = 60_000;

/** What a search at that time leaves out: to the minute, for which what is left out is kept. */
export function longDeprecated(now: Date): Required<Pick<SearchQuery, 'deprecatedBefore'>> {
  const before = now.getTime() - DEPRECATED_IN_SEARCH_MS;
  return { deprecatedBefore: new Date(before - (before % MINUTE_MS)).toISOString() };
}

/** Where more than one in so many packages match, a filter is worth asking about all of them, for other searches too. */
const MANY = 16;
/** Filters whose answers are kept. */
const MOST_KEPT = 64;

/** What was found out about all packages, for one time. */
interface KnownFilters {
  before: string | undefined;
  /** Ranks of those that were deprecated before it. */
  gone: readonly number[];
  /** The packages that pass a filter, by what it asks for. */
  readonly passing: Map<string, Bits>;
}

/** @returns undefined when everything passes */
export function filterOf(statements: SearchStatements, query: SearchQuery): Filter | undefined {
  const { type, certified, os, arch, deprecatedBefore } = query;
  const known = statements.kept.get('filters', nothingKnown);
  if (known.before !== deprecatedBefore) {
    known.before = deprecatedBefore;
    known.gone = deprecatedBefore === undefined ? [] : statements.old(deprecatedBefore);
    known.passing.clear();
  }
  const { gone, passing } = known;
  const bundlesOnly = statements.holdsOthers && query.allTypes !== true;
  const byFacet = facetFilter({ type, certified, os, arch, bundlesOnly }, statements.facets);
  if (gone.length === 0 && byFacet === undefined) return undefined;
  const asked = [type, certified, os, arch, bundlesOnly].join();
  return (packages) => {
    const all = passing.get(asked);
    if (all !== undefined && all.length === packages.length) return inBoth(packages, all);
    const isForAll = countBits(packages) * MANY > packages.length * 32;
    const bits = isForAll ? new Uint32Array(packages.length).fill(-1) : packages.slice();
    for (const rank of gone) {
      const at = rank >>> 5;
      if (at < bits.length) bits[at] = (bits[at] as number) & ~(1 << (rank & 31));
    }
    byFacet?.(bits);
    if (!isForAll) return bits;
    if (passing.size === MOST_KEPT) passing.clear();
    passing.set(asked, bits);
    return inBoth(packages, bits);
  };
}

const nothingKnown = (): KnownFilters => ({ before: undefined, gone: [], passing: new Map() });

function inBoth(one: Bits, other: Bits): Bits {
  const bits = one.slice();
  for (let i = 0; i < bits.length; i += 1) bits[i] = (bits[i] as number) & (other[i] as number);
  return bits;
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
