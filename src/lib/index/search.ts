/** Search of an index: what matches, in which order, a page of it. docs/search.md describes the rules for readers. */
import type Database from 'better-sqlite3';
import { bundleRowOf } from './bundle-row.ts';
import type { BundlePage, SearchQuery } from './bundle-types.ts';
import { addBits, type Bits, countBits } from './places.ts';
import { filterOf } from './search-filter.ts';
import { type Interpretation, interpret } from './search-readings.ts';
import { type ColumnSort, ranksInOrder } from './search-sort.ts';
import { type SearchStatements, searchStatements } from './search-statements.ts';
import { hitIn, rankedHits, type TierName } from './search-tiers.ts';
import { EVERYTHING } from './terms.ts';

export { closestNames } from './search-names.ts';

/**
 * A page of the packages that match a query; revoked ones never do. Without a query it lists all of them, and a query
 * without any letter or digit finds none.
 */
export function searchBundles(db: Database.Database, query: SearchQuery): BundlePage {
  return searching(db, (statements) => {
    const found =
      query.q === undefined || query.q.trim() === ''
        ? list(statements, query)
        : find(statements, query, query.q);
    const { limit, offset } = query;
    return { ...found, pagination: { limit, offset, has_more: offset + found.bundles.length < found.total } };
  });
}

type Found = Pick<BundlePage, 'bundles' | 'total'>;

function list(statements: SearchStatements, query: SearchQuery): Found {
  const filter = filterOf(statements, query);
  const sort = query.sort === undefined || query.sort === 'relevance' ? 'downloads' : query.sort;
  const { limit, offset } = query;
  if (filter !== undefined) {
    return page(statements, filter(statements.postings.places(EVERYTHING).any), sort, query);
  }
  const rows = statements.list(sort, limit, offset);
  return {
    bundles: statements.bundles(rows.map(bundleRowOf)),
    total: statements.postings.countAll(),
  };
}

function find(statements: SearchStatements, query: SearchQuery, text: string): Found {
  const { readings } = interpret(statements.postings, text);
  const [first, ...others] = readings;
  if (first === undefined) return { bundles: [], total: 0 };
  const matching = others.length === 0 ? first.matches.begun.any : first.matches.begun.any.slice();
  for (const { matches } of others) addBits(matching, matches.begun.any);
  const filter = filterOf(statements, query);
  const passing = filter?.(matching);
  const { limit, offset, sort } = query;
  if (sort !== undefined && sort !== 'relevance') return page(statements, passing ?? matching, sort, query);
  const total = countBits(passing ?? matching);
  if (offset >= total) return { bundles: [], total };
  const hits = rankedHits(statements, readings, passing, offset + limit).slice(offset);
  return {
    bundles: bundlesOf(
      statements,
      hits.map(({ rank }) => rank),
    ),
    total,
  };
}

/** A page of the matches in the order of a column. */
function page(statements: SearchStatements, bits: Bits, sort: ColumnSort, query: SearchQuery): Found {
  const { limit, offset } = query;
  const count = countBits(bits);
  if (offset >= count) return { bundles: [], total: count };
  const ranks = ranksInOrder(statements, { bits, count }, sort, offset + limit).slice(offset);
  return { bundles: bundlesOf(statements, ranks), total: count };
}

/** The packages of these ranks, in their order. */
export function bundlesOf(statements: SearchStatements, ranks: readonly number[]): BundlePage['bundles'] {
  const rows = new Map(statements.rows(ranks).map(([rank, ...values]) => [rank, values]));
  const inOrder = ranks.flatMap((rank) => {
    const values = rows.get(rank);
    return values === undefined ? [] : [bundleRowOf(values)];
  });
  return statements.bundles(inOrder);
}

/** Why a package is where it is among the hits for a query, by relevance. */
export interface Explanation {
  /** How the query was read. */
  readonly kind: Interpretation['kind'];
  /** Position of the reading among those of its kind, from 0; hits of the first come first. */
  readonly reading: number;
  readonly tier: TierName;
  /** Higher is better; undefined where a tier is in the order of popularity alone. */
  readonly score: number | undefined;
  /** Decides what is left: lower is better. */
  readonly rank: number;
}

/** Explains a hit; undefined when the package does not match. */
export function explainHit(db: Database.Database, text: string, name: string): Explanation | undefined {
  return searching(db, (statements) => {
    const rank = db.prepare<[string], number>('SELECT rank FROM packages WHERE name = ?').pluck().get(name);
    if (rank === undefined) return undefined;
    const { kind, readings } = interpret(statements.postings, text);
    for (const [position, found] of readings.entries()) {
      const hit = hitIn(statements, found, rank);
      if (hit !== undefined) return { kind, reading: position, ...hit };
    }
    return undefined;
  });
}

/** One transaction: all statements see the same index while another process writes to it. */
function searching<T>(db: Database.Database, search: (statements: SearchStatements) => T): T {
  const statements = searchStatements(db);
  const isAlone = !db.inTransaction;
  return statements.inTransaction(() => {
    statements.kept.refresh(isAlone);
    return search(statements);
  }) as T;
}
