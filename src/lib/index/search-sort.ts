/** The first of many matches in the order of a column of `packages`. */
import type { Sort } from './bundle-types.ts';
import { type Bits, hasBit, ranksOf } from './places.ts';
import type { SearchStatements } from './search-statements.ts';

export type ColumnSort = Exclude<Sort, 'relevance'>;

/** Each ends in the name, which is unique, so that pages never overlap. */
export const ORDERS: Readonly<Record<ColumnSort, string>> = {
  downloads: 'downloads DESC, name',
  recent: 'published_at DESC, name',
  name: 'name',
};

/** The columns of an order, for sorting rows here. */
export interface SortedRow {
  readonly rank: number;
  readonly name: string;
  readonly downloads: number;
  readonly published_at: string;
}

const byName = (a: SortedRow, b: SortedRow) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1);

/** The same as ORDERS. */
export const COMPARE: Readonly<Record<ColumnSort, (a: SortedRow, b: SortedRow) => number>> = {
  downloads: (a, b) => b.downloads - a.downloads || byName(a, b),
  recent: (a, b) =>
    a.published_at === b.published_at ? byName(a, b) : a.published_at < b.published_at ? 1 : -1,
  name: byName,
};

/** Entries of an index that are read at first. */
const FIRST_PART = 512;

/** Entries of an index that are read for the price of a row that is looked up. */
const LOOKUP_COST = 4;

/**
 * Either all matches are looked up and sorted, or an index is read in its order until enough of them came by: whichever
 * is expected to be less work.
 */
export function ranksInOrder(
  statements: SearchStatements,
  matches: { readonly bits: Bits; readonly count: number },
  sort: ColumnSort,
  most: number,
): number[] {
  const expected = (most * matches.bits.length * 32) / matches.count;
  return matches.count * LOOKUP_COST <= expected
    ? sorted(statements, ranksOf(matches.bits), sort).slice(0, most)
    : scanned(statements, matches.bits, sort, Math.min(most, matches.count));
}

function sorted(statements: SearchStatements, ranks: readonly number[], sort: ColumnSort): number[] {
  const rows = ranks.flatMap((rank) => statements.sortedRow.get(rank) ?? []);
  return rows.sort(COMPARE[sort]).map(({ rank }) => rank);
}

function scanned(statements: SearchStatements, matches: Bits, sort: ColumnSort, most: number): number[] {
  const ranks: number[] = [];
  // Few at first, for mostly they come soon; then more at once, for what was read is passed over each time.
  for (let [size, offset] = [FIRST_PART, 0]; ; [size, offset] = [size * 4, offset + size]) {
    const part = statements.ranks(sort, size, offset);
    for (const rank of part) {
      if (hasBit(matches, rank)) ranks.push(rank);
      if (ranks.length === most) return ranks;
    }
    if (part.length < size) return ranks;
  }
}
