/** What filters ask for, as terms of the posting lists: type of the server, certification level, platforms. */
import type Database from 'better-sqlite3';
import { ANYWHERE, type Place } from './posting-list.ts';

export const typeTerm = (type: string): string => `:type ${type}`;
export const levelTerm = (level: number): string => `:level ${level}`;
export const platformTerm = (os: string, arch: string): string => `:platform ${os} ${arch}`;

interface FacetRow {
  readonly server_type: string | null;
  readonly certification_level: number | null;
  readonly latest_id: number | null;
}

/** Returns a function from the id of a package to its facets, as its rows are now; none while it has no latest version. */
export function facetReader(db: Database.Database): (packageId: number) => ReadonlyMap<string, Place> {
  const row = db.prepare<[number], FacetRow>(
    'SELECT server_type, certification_level, latest_id FROM packages WHERE id = ?',
  );
  const platforms = db
    .prepare<[number], [string, string]>('SELECT DISTINCT os, arch FROM artifacts WHERE version_id = ?')
    .raw();
  return (packageId) => {
    const facets = new Map<string, Place>();
    const facts = row.get(packageId);
    if (facts === undefined || facts.latest_id === null) return facets;
    const { server_type, certification_level, latest_id } = facts;
    if (server_type !== null) facets.set(typeTerm(server_type), ANYWHERE);
    if (certification_level !== null) facets.set(levelTerm(certification_level), ANYWHERE);
    for (const [os, arch] of platforms.all(latest_id)) facets.set(platformTerm(os, arch), ANYWHERE);
    return facets;
  };
}
