/** Search of an index: what matches, in which order, a page of it. docs/search.md describes the rules for readers. */
import type Database from 'better-sqlite3';
import type { BundlePage, SearchQuery } from './bundle-types.ts';
import { type Postings, union } from './posting-list.ts';
import { EVERYTHING } from './postings.ts';
import { filterOf, isEmpty, pass } from './search-filter.ts';
import { type Interpretation, interpret } from './search-readings.ts';
import { type ColumnSort, ranksInOrder } from './search-sort.ts';
import { type SearchStatements, searchStatements } from './search-statements.ts';
import { hitIn, rankedHits, type TierName, tiersOf } from './search-tiers.ts';

export { closestNames } from './search-names.ts';

/**
 * A page of the packages that match a query; revoked ones never do. Without a query it lists all of them, and a query
 * without any letter or digit finds none.
 */
export function searchBundles(db: Database.Database, query: SearchQuery): BundlePage {
  const statements = searchStatements(db);
  // One transaction: all statements see the same index while another process writes to it.
  return db.transaction(() => {
    const found =
      query.q === undefined || query.q.trim() === ''
        ? list(statements, query)
        : find(statements, query, query.q);
    const { limit, offset } = query;
    return { ...found, pagination: { limit, offset, has_more: offset + found.bundles.length < found.total } };
  })();
}

type Found = Pick<BundlePage, 'bundles' | 'total'>;

function list(statements: SearchStatements, query: SearchQuery): Found {
  const filter = filterOf(statements.postings, statements.old, query);
  const sort = query.sort === undefined || query.sort === 'relevance' ? 'downloads' : query.sort;
  const { limit, offset } = query;
  if (isEmpty(filter)) {
    const rows = statements.list(sort, limit, offset);
    return { bundles: rows.map(statements.bundle), total: statements.postings.count(EVERYTHING) };
  }
  return page(statements, pass(filter, statements.postings.read(EVERYTHING)), sort, query);
}

function find(statements: SearchStatements, query: SearchQuery, text: string): Found {
  const { readings } = interpret(statements.postings, text);
  if (readings.length === 0) return { bundles: [], total: 0 };
  const filter = filterOf(statements.postings, statements.old, query);
  const { limit, offset, sort } = query;
  if (sort !== undefined && sort !== 'relevance') {
    const lists = readings.map(({ matches }) => pass(filter, matches.begun));
    return page(statements, union(lists), sort, query);
  }
  const passing = new Map<Postings, Postings>();
  const tiered = readings.map(({ reading, matches }) => tiersOf(statements, reading, matches));
  const total = tiered.reduce((sum, { words }) => {
    passing.set(words, pass(filter, words));
    return sum + (passing.get(words) as Postings).length;
  }, 0);
  if (offset >= total) return { bundles: [], total };
  const filtered = (postings: Postings) => passing.get(postings) ?? pass(filter, postings);
  const hits = rankedHits(statements, tiered, filtered, offset + limit).slice(offset);
  return {
    bundles: bundlesOf(
      statements,
      hits.map(({ rank }) => rank),
    ),
    total,
  };
}

/** A page of the matches in the order of a column. */
function page(statements: SearchStatements, matches: Postings, sort: ColumnSort, query: SearchQuery): Found {
  const ranks = ranksInOrder(statements, matches, sort, query.offset + query.limit).slice(query.offset);
  return { bundles: bundlesOf(statements, ranks), total: matches.length };
}

function bundlesOf(statements: SearchStatements, ranks: readonly number[]): BundlePage['bundles'] {
  return ranks.flatMap((rank) => {
    const row = statements.row.get(rank);
    return row === undefined ? [] : statements.bundle(row);
  });
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
  const rank = db.prepare<[string], number>('SELECT rank FROM packages WHERE name = ?').pluck().get(name);
  if (rank === undefined) return undefined;
  const statements = searchStatements(db);
  const { kind, readings } = interpret(statements.postings, text);
  for (const [position, { reading, matches }] of readings.entries()) {
    const hit = hitIn(statements, tiersOf(statements, reading, matches), rank);
    if (hit !== undefined) return { kind, reading: position, ...hit };
  }
  return undefined;
}
