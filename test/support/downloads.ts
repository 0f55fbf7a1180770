/** Downloads of packages, as a registry counts them: in the row, and in what search scores by. */
import type Database from 'better-sqlite3';
import { FacetsWriter } from '../../src/lib/index/facets.ts';

/** @param downloads an expression of SQL over `packages` @param where the packages that have them; all by default */
export function setDownloads(db: Database.Database, downloads: number | string, where = 'true'): void {
  const ids = db
    .prepare<[], number>(`UPDATE packages SET downloads = ${downloads} WHERE ${where} RETURNING id`)
    .pluck()
    .all();
  new FacetsWriter(db).write(ids);
}
