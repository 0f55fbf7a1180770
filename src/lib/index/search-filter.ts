/** What narrows a search, as a condition on `packages`. */
import type Database from 'better-sqlite3';
import type { SearchQuery } from './bundle-types.ts';

export interface Condition {
  /** Empty, or conditions of SQL that begin with AND. */
  readonly where: string;
  readonly parameters: readonly (string | number)[];
}

/** What was asked for: conditions on `packages`, and what is left out for its age. */
export interface Filter extends Condition {
  /** Packages that were deprecated before this time are left out; undefined when there are none. */
  readonly deprecatedBefore: string | undefined;
}

/** Times are written with and without fractions of a second, so they are compared as numbers. */
const IS_OLD = `packages.deprecated_at IS NOT NULL
  AND unixepoch(packages.deprecated_at, 'subsec') < unixepoch(?, 'subsec')`;

/** The ranks of the packages that are left out for their age: few, and found by an index of them alone. */
export const OLD_RANKS = `SELECT packages.rank FROM packages WHERE ${IS_OLD}`;

/** How long a package stays in search after its latest version was deprecated, in milliseconds: UP-03. */
export const DEPRECATED_IN_SEARCH_MS = 90 * 24 * 3_600_000;

/** What a search at that time leaves out. */
export function longDeprecated(now: Date): Required<Pick<SearchQuery, 'deprecatedBefore'>> {
  return { deprecatedBefore: new Date(now.getTime() - DEPRECATED_IN_SEARCH_MS).toISOString() };
}

export function filterOf(db: Database.Database, query: SearchQuery): Filter {
  const conditions: string[] = [];
  const parameters: (string | number)[] = [];
  if (query.type !== undefined) {
    conditions.push('packages.server_type = ?');
    parameters.push(query.type);
  }
  if (query.certified !== undefined) {
    conditions.push('packages.certification_level >= ?');
    parameters.push(query.certified);
  }
  const platform: string[] = [];
  if (query.os !== undefined) {
    platform.push(`artifacts.os IN (?, 'any')`);
    parameters.push(query.os);
  }
  if (query.arch !== undefined) {
    platform.push(`artifacts.arch IN (?, 'any')`);
    parameters.push(query.arch);
  }
  if (platform.length > 0) {
    conditions.push(
      `EXISTS (SELECT 1 FROM artifacts WHERE artifacts.version_id = packages.latest_id AND ${platform.join(' AND ')})`,
    );
  }
  const before = query.deprecatedBefore;
  return {
    where: conditions.map((condition) => `AND ${condition}`).join(' '),
    parameters,
    // While no package is that old, a search is what it is without: it looks at no row of `packages` for it.
    deprecatedBefore: before !== undefined && countOld(db, before) > 0 ? before : undefined,
  };
}

/** The whole of a filter, for a statement over `packages`. */
export function onPackages({ where, parameters, deprecatedBefore }: Filter): Condition {
  if (deprecatedBefore === undefined) return { where, parameters };
  return { where: `${where} AND NOT (${IS_OLD})`, parameters: [...parameters, deprecatedBefore] };
}

/** What is left out for its age, for a statement over `search` alone. */
export function onSearch({ deprecatedBefore }: Filter): Condition {
  if (deprecatedBefore === undefined) return { where: '', parameters: [] };
  return { where: `AND search.rowid NOT IN (${OLD_RANKS})`, parameters: [deprecatedBefore] };
}

/** Packages that are left out for their age: those that are deprecated have a latest version. */
export function countOld(db: Database.Database, before: string): number {
  const old = db.prepare<[string], number>(`SELECT count(*) FROM packages WHERE ${IS_OLD}`).pluck();
  return old.get(before) as number;
}
