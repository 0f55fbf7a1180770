/** What narrows a search, as a condition on `packages`. */
import type Database from 'better-sqlite3';
import type { SearchQuery } from './bundle-types.ts';

export interface Filter {
  /** Empty, or conditions of SQL that begin with AND. */
  readonly where: string;
  readonly parameters: readonly (string | number)[];
}

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
  // Times are written with and without fractions of a second, so they are compared as numbers.
  const before = query.deprecatedBefore;
  if (before !== undefined && anyDeprecated(db, before)) {
    conditions.push(
      "(packages.deprecated_at IS NULL OR unixepoch(packages.deprecated_at, 'subsec') >= unixepoch(?, 'subsec'))",
    );
    parameters.push(before);
  }
  return { where: conditions.map((condition) => `AND ${condition}`).join(' '), parameters };
}

/** While no package is that old, a search needs no condition: it looks at no row of `packages` for it. */
function anyDeprecated(db: Database.Database, before: string): boolean {
  return (
    db
      .prepare(
        `SELECT 1 FROM packages
         WHERE deprecated_at IS NOT NULL AND unixepoch(deprecated_at, 'subsec') < unixepoch(?, 'subsec') LIMIT 1`,
      )
      .get(before) !== undefined
  );
}
