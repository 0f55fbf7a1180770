/** Search of an index: what matches, in which order, a page of it. docs/search.md describes the rules for readers. */
import type Database from 'better-sqlite3';
import { BUNDLE_COLUMNS, type BundleRow, bundleReader } from './bundle-row.ts';
import type { Bundle, BundlePage, SearchQuery, Sort } from './bundle-types.ts';
import { countOld, type Filter, filterOf, OLD_RANKS, onPackages } from './search-filter.ts';
import { wordsExpression } from './search-query.ts';
import { type Interpretation, interpret } from './search-readings.ts';
import { hitIn, rankedHits, type TierName, tiersOf } from './search-tiers.ts';

export { closestNames } from './search-names.ts';

/** Each ends in the name, which is unique, so that pages never overlap. */
const ORDERS: Readonly<Record<Exclude<Sort, 'relevance'>, string>> = {
  downloads: 'packages.downloads DESC, packages.name',
  recent: 'packages.published_at DESC, packages.name',
  name: 'packages.name',
};

/** Looking one package up in a full-text expression costs as much as reading that many matches of it. */
const LOOKUP_COST = 16;

/**
 * A page of the packages that match a query; revoked ones never do. Without a query it lists all of them, and a query
 * without any letter or digit finds none.
 */
export function searchBundles(db: Database.Database, query: SearchQuery): BundlePage {
  // One transaction: all statements see the same index while another process writes to it.
  return db.transaction(() => {
    const found = query.q === undefined || query.q.trim() === '' ? list(db, query) : find(db, query, query.q);
    const { limit, offset } = query;
    return { ...found, pagination: { limit, offset, has_more: offset + found.bundles.length < found.total } };
  })();
}

type Found = Pick<BundlePage, 'bundles' | 'total'>;

function list(db: Database.Database, query: SearchQuery): Found {
  const filter = filterOf(db, query);
  const condition = onPackages(filter);
  const where = `packages.latest_id IS NOT NULL ${condition.where}`;
  const rows = db
    .prepare<unknown[], BundleRow>(
      `SELECT ${BUNDLE_COLUMNS} FROM packages WHERE ${where} ORDER BY ${orderOf(query)} LIMIT ? OFFSET ?`,
    )
    .all(...condition.parameters, query.limit, query.offset);
  const total =
    filter.where === ''
      ? countAll(db, filter)
      : numberOf(db, `SELECT count(*) FROM packages WHERE ${where}`, condition.parameters);
  return { bundles: rows.map(bundleReader(db)), total };
}

/** Without reading the packages that are not left out. */
function countAll(db: Database.Database, { deprecatedBefore }: Filter): number {
  const all = numberOf(db, 'SELECT count(*) FROM search_docsize', []);
  return deprecatedBefore === undefined ? all : all - countOld(db, deprecatedBefore);
}

function find(db: Database.Database, query: SearchQuery, text: string): Found {
  const { readings } = interpret(db, text);
  if (readings.length === 0) return { bundles: [], total: 0 };
  const filter = filterOf(db, query);
  const expression = readings
    .map((reading) => `(${wordsExpression(reading, { prefix: true })})`)
    .join(' OR ');
  const total = count(db, expression, filter);
  const { limit, offset } = query;
  if (offset >= total) return { bundles: [], total };
  if (query.sort !== undefined && query.sort !== 'relevance') {
    return { bundles: sorted(db, query, expression, filter, total), total };
  }
  const hits = rankedHits(db, readings, filter, offset + limit).slice(offset);
  const row = db.prepare<[number], BundleRow>(`SELECT ${BUNDLE_COLUMNS} FROM packages WHERE rank = ?`);
  const rows = hits.map((hit) => row.get(hit.rank) as BundleRow);
  return { bundles: rows.map(bundleReader(db)), total };
}

function count(db: Database.Database, expression: string, filter: Filter): number {
  const { where, parameters } = onPackages(filter);
  if (filter.where !== '') {
    const join = 'JOIN packages ON packages.rank = search.rowid';
    const sql = `SELECT count(*) FROM search ${join} WHERE search MATCH ? ${where}`;
    return numberOf(db, sql, [expression, ...parameters]);
  }
  const all = numberOf(db, 'SELECT count(*) FROM search WHERE search MATCH ?', [expression]);
  if (filter.deprecatedBefore === undefined) return all;
  // The + keeps SQLite from looking each of them up among the words.
  const sql = `SELECT count(*) FROM search WHERE search MATCH ? AND +search.rowid IN (${OLD_RANKS})`;
  return all - numberOf(db, sql, [expression, filter.deprecatedBefore]);
}

function numberOf(db: Database.Database, sql: string, parameters: readonly unknown[]): number {
  return Number(
    db
      .prepare(sql)
      .pluck()
      .get(...parameters),
  );
}

/**
 * Either all matches are read and sorted, or the packages are read in order until enough of them match. FTS5 reads all
 * words that a prefix begins at each lookup, so that then only the first will do.
 */
function sorted(
  db: Database.Database,
  query: SearchQuery,
  expression: string,
  filter: Filter,
  total: number,
): Bundle[] {
  const { limit, offset } = query;
  const { where, parameters } = onPackages(filter);
  const packages = Number(db.prepare('SELECT count(*) FROM search_docsize').pluck().get());
  const looked = ((offset + limit) * packages) / total;
  const source =
    looked * LOOKUP_COST < total && !expression.includes('*')
      ? 'packages WHERE EXISTS (SELECT 1 FROM search WHERE search MATCH ? AND search.rowid = packages.rank)'
      : 'search JOIN packages ON packages.rank = search.rowid WHERE search MATCH ?';
  return db
    .prepare<unknown[], BundleRow>(
      `SELECT ${BUNDLE_COLUMNS} FROM ${source} ${where} ORDER BY ${orderOf(query)} LIMIT ? OFFSET ?`,
    )
    .all(expression, ...parameters, limit, offset)
    .map(bundleReader(db));
}

function orderOf(query: SearchQuery): string {
  return ORDERS[query.sort === undefined || query.sort === 'relevance' ? 'downloads' : query.sort];
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
  const { kind, readings } = interpret(db, text);
  for (const [position, reading] of readings.entries()) {
    for (const tier of tiersOf(db, reading)) {
      const hit = hitIn(db, tier, rank);
      if (hit !== undefined) return { kind, reading: position, ...hit };
    }
  }
  return undefined;
}
