/** What narrows a search, as a condition on `packages`. */
import type { SearchQuery } from './bundle-types.ts';

export interface Filter {
  /** Empty, or conditions of SQL that begin with AND. */
  readonly where: string;
  readonly parameters: readonly (string | number)[];
}

export function filterOf(query: SearchQuery): Filter {
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
  return { where: conditions.map((condition) => `AND ${condition}`).join(' '), parameters };
}
