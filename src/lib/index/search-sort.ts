/** The first of many matches in the order of a column of `packages`. */
import type { Sort } from './bundle-types.ts';
import { type Postings, rankOf } from './posting-list.ts';
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

/** Entries of an index that are read for the price of a row that is looked up. */
const LOOKUP_COST = 4;

/**
 * Either all matches are looked up and sorted, or an index is read in its order until enough of them came by: whichever
 * is expected to be less work.
 */
export function ranksInOrder(
  statements: SearchStatements,
  matches: Postings,
  sort: ColumnSort,
  count: number,
): number[] {
  const last = matches.length === 0 ? 0 : rankOf(matches.at(-1) as number);
  const expected = (count * (last + 1)) / matches.length;
  return matches.length * LOOKUP_COST <= expected
    ? sorted(statements, matches, sort).slice(0, count)
    : scanned(statements, matches, sort, count);
}

function sorted(statements: SearchStatements, matches: Postings, sort: ColumnSort): number[] {
  const rows = [...matches].flatMap((posting) => statements.sortedRow.get(rankOf(posting)) ?? []);
  const byName = (a: SortedRow, b: SortedRow) => (a.name < b.name ? -1 : 1);
  const order: Record<ColumnSort, (a: SortedRow, b: SortedRow) => number> = {
    downloads: (a, b) => b.downloads - a.downloads || byName(a, b),
    recent: (a, b) =>
      a.published_at === b.published_at ? byName(a, b) : a.published_at < b.published_at ? 1 : -1,
    name: byName,
  };
  return rows.sort(order[sort]).map(({ rank }) => rank);
}

function scanned(statements: SearchStatements, matches: Postings, sort: ColumnSort, count: number): number[] {
  const matching = new Uint8Array(rankOf(matches.at(-1) as number) + 1);
  for (let i = 0; i < matches.length; i += 1) matching[rankOf(matches[i] as number)] = 1;
  const wanted = Math.min(count, matches.length);
  const ranks: number[] = [];
  for (const rank of statements.ranks(sort)) {
    if (matching[rank] === 1) ranks.push(rank);
    if (ranks.length === wanted) break;
  }
  return ranks;
}
