/** The statements of search, prepared once for a connection. */
import type Database from 'better-sqlite3';
import { BUNDLE_COLUMNS, type BundleValues, bundleReader } from './bundle-row.ts';
import { facetsReader } from './facets.ts';
import { PostingsReader } from './postings.ts';
import { oldReader } from './search-filter.ts';
import { namedPackagesReader } from './search-named.ts';
import { type ColumnSort, ORDERS, type SortedRow } from './search-sort.ts';

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

/** What the score of a package is made of. */
export type ScoredValues = [rank: number, downloads: number, name_words: number, text_words: number];

function makers(db: Database.Database) {
  return {
    postings: () => new PostingsReader(db),
    named: () => namedPackagesReader(db),
    old: () => oldReader(db),
    facets: () => facetsReader(db),
    bundle: () => bundleReader(db),
    row: () =>
      db.prepare<[number], BundleValues>(`SELECT ${BUNDLE_COLUMNS} FROM packages WHERE rank = ?`).raw(),
    scored: () =>
      db
        .prepare<[number], ScoredValues>(
          'SELECT rank, downloads, name_words, text_words FROM packages WHERE rank = ?',
        )
        .raw(),
    sortedRow: () =>
      db.prepare<[number], SortedRow>(
        'SELECT rank, name, downloads, published_at FROM packages WHERE rank = ?',
      ),
    /** A page of all packages. */
    list: () => (sort: ColumnSort, limit: number, offset: number) =>
      db
        .prepare<[number, number], BundleValues>(
          `SELECT ${BUNDLE_COLUMNS} FROM packages WHERE latest_id IS NOT NULL
           ORDER BY ${ORDERS[sort]} LIMIT ? OFFSET ?`,
        )
        .raw()
        .all(limit, offset),
    /** Ranks of all packages, those that no search finds too: a part of them. */
    ranks: () => (sort: ColumnSort, limit: number, offset: number) =>
      db
        .prepare<[number, number], number>(
          `SELECT rank FROM packages ORDER BY ${ORDERS[sort]} LIMIT ? OFFSET ?`,
        )
        .pluck()
        .all(limit, offset),
  };
}
