/** The statements of search, prepared once for a connection. */
import type Database from 'better-sqlite3';
import { BUNDLE_COLUMNS, type BundleValues, bundleReader } from './bundle-row.ts';
import { Facets } from './facets.ts';
import { Kept } from './kept.ts';
import { PostingsReader } from './postings.ts';
import { sourceOf } from './read-source.ts';
import { oldReader } from './search-filter.ts';
import { namedPackagesReader } from './search-named.ts';
import { type ColumnSort, ORDERS, RankOrder, type SortedRow } from './search-sort.ts';

export type SearchStatements =
  ReturnType<typeof makers> extends infer M
    ? { readonly [K in keyof M]: M[K] extends () => infer S ? S : never }
    : never;

const prepared = new WeakMap<Database.Database, SearchStatements>();

/** Each is prepared when it is first used: most searches need few. */
export function searchStatements(db: Database.Database): SearchStatements {
  let statements = prepared.get(db);
  if (statements === undefined) {
    statements = lazily(makers(db)) as SearchStatements;
    prepared.set(db, statements);
  }
  return statements;
}

function lazily(made: Record<string, () => unknown>): object {
  const object = {};
  for (const [key, make] of Object.entries(made)) {
    const get = () => {
      const value = make();
      Object.defineProperty(object, key, { value });
      return value;
    };
    Object.defineProperty(object, key, { get, configurable: true });
  }
  return object;
}

function manyReader<V extends unknown[]>(
  db: Database.Database,
  sql: string,
): (ranks: readonly number[]) => V[] {
  const statement = db.prepare<[string], V>(sql).raw();
  return (ranks) => (ranks.length === 0 ? [] : statement.all(JSON.stringify(ranks)));
}

/**
 * A column of all packages in an order. Mostly one part is empty, and the other an index that is read in its order; else
 * SQLite merges them as it reads both.
 */
function inOrder(db: Database.Database, column: 'id' | 'rank', sort: ColumnSort, and = ''): string {
  // The index of names has no parts.
  if (sort === 'name') return `SELECT ${column} FROM packages WHERE true ${and} ORDER BY name`;
  const by = { downloads: 'downloads', recent: 'published_at' }[sort];
  const isThere = db.prepare<[number], number>('SELECT 1 FROM packages WHERE recent = ? LIMIT 1');
  const parts = [0, 1].filter((recent) => isThere.get(recent) !== undefined);
  const part = (recent: number) =>
    `SELECT ${column}, ${by}, name FROM packages WHERE recent = ${recent} ${and}`;
  return `${(parts.length === 0 ? [0] : parts).map(part).join(' UNION ALL ')} ORDER BY ${ORDERS[sort]}`;
}

function bySort<S>(prepare: (sort: ColumnSort) => S): (sort: ColumnSort) => S {
  const made = new Map<ColumnSort, S>();
  return (sort) => {
    const known = made.get(sort) ?? prepare(sort);
    made.set(sort, known);
    return known;
  };
}

function makers(db: Database.Database) {
  const kept = new Kept(db);
  return {
    kept: () => kept,
    inTransaction: () => db.transaction((work: () => unknown) => work()),
    postings: () => new PostingsReader(db, kept),
    named: () => namedPackagesReader(db),
    old: () => oldReader(db),
    facets: () => () => kept.get('facets', () => new Facets(db)),
    /** Whether it lists what is no bundle, too. */
    holdsOthers: () => sourceOf(db) === 'mcp',
    bundles: () => bundleReader(db),
    /** By rank, in no order: what is not there is left out. One statement for all, for each call of SQLite has its price. */
    rows: () =>
      manyReader<[rank: number, ...BundleValues]>(
        db,
        `SELECT packages.rank, ${BUNDLE_COLUMNS} FROM json_each(?) JOIN packages ON packages.rank = json_each.value`,
      ),
    sortedRow: () =>
      db.prepare<[number], SortedRow>(
        'SELECT rank, name, downloads, published_at FROM packages WHERE rank = ?',
      ),
    /** The first of packages in an order: their ranks. */
    firstOf: () => {
      const statement = bySort((sort) =>
        db
          .prepare<[string, number], number>(
            `SELECT packages.rank FROM json_each(?) JOIN packages ON packages.rank = json_each.value
             ORDER BY ${ORDERS[sort]} LIMIT ?`,
          )
          .pluck(),
      );
      return (ranks: readonly number[], sort: ColumnSort, most: number) =>
        statement(sort).all(JSON.stringify(ranks), most);
    },
    /** A page of all packages. */
    list: () => (sort: ColumnSort, limit: number, offset: number) =>
      db
        .prepare<[number, number], BundleValues>(
          `SELECT ${BUNDLE_COLUMNS} FROM packages
           WHERE id IN (SELECT id FROM (${inOrder(db, 'id', sort, 'AND latest_id IS NOT NULL')} LIMIT ? OFFSET ?))
           ORDER BY ${ORDERS[sort]}`,
        )
        .raw()
        .all(limit, offset),
    order: () => (sort: ColumnSort) =>
      kept.get(`order by ${sort}`, () => {
        const statement = db
          .prepare<[number, number], number>(`${inOrder(db, 'rank', sort)} LIMIT ? OFFSET ?`)
          .pluck();
        return new RankOrder((limit, offset) => statement.all(limit, offset));
      }),
  };
}
