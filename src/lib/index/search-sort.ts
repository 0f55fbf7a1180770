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

/** The ranks of all packages in the order of a column, those that no search finds too: as far as they were asked for. */
export class RankOrder {
  readonly #read: (limit: number, offset: number) => number[];
  #ranks: number[] = [];
  #part = FIRST_PART;
  #isWhole = false;

  constructor(read: (limit: number, offset: number) => number[]) {
    this.#read = read;
  }

  /** How many are there without being read. */
  get length(): number {
    return this.#ranks.length;
  }

  /** @returns undefined behind the last */
  at(position: number): number | undefined {
    while (position >= this.#ranks.length && !this.#isWhole) {
      // Few at first, for mostly they are enough; then more at once, for what was read is passed over each time.
      const part = this.#read(this.#part, this.#ranks.length);
      this.#isWhole = part.length < this.#part;
      this.#ranks = this.#ranks.concat(part);
      this.#part *= 4;
    }
    return this.#ranks[position];
  }
}

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
  const order = statements.order(sort);
  const expected = (most * matches.bits.length * 32) / matches.count;
  return matches.count * LOOKUP_COST <= expected - order.length
    ? statements.firstOf(ranksOf(matches.bits), sort, most)
    : scanned(order, matches.bits, Math.min(most, matches.count));
}

function scanned(order: RankOrder, matches: Bits, most: number): number[] {
  const ranks: number[] = [];
  for (let position = 0; ranks.length < most; position += 1) {
    const rank = order.at(position);
    if (rank === undefined) break;
    if (hasBit(matches, rank)) ranks.push(rank);
  }
  return ranks;
}
