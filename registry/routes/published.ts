/**
 * Packages and versions that may be handed out. What is not there is 404. What is revoked is 410 with the reason: it
 * was there, it will not come back, and nobody is redirected to it.
 */
import type Database from 'better-sqlite3';
import type { PackageName } from '../../src/lib/bundle/name.ts';
import {
  findPackage,
  type PackageRow,
  resolveVersion,
  type VersionRow,
  versionRows,
} from '../../src/lib/index/read-version.ts';
import { HttpError } from '../http.ts';

/** A package of which at least one version is left. */
export interface LivePackage extends PackageRow {
  readonly latest_id: number;
  readonly latest_version: string;
}

export function notFound(message: string): HttpError {
  return new HttpError(404, 'NOT_FOUND', message);
}

function gone(message: string): HttpError {
  return new HttpError(410, 'GONE', message);
}

/** @throws HttpError 404, or 410 when every version is revoked or yanked */
export function livePackage(db: Database.Database, name: PackageName): LivePackage {
  const row = findPackage(db, name);
  if (row === undefined) throw notFound(`There is no package ${name}.`);
  if (!isLive(row)) {
    const newest = versionRows(db, row.id)[0];
    throw gone(`Every version of ${name} is revoked or taken back: ${newest?.revoked ?? newest?.yanked}.`);
  }
  return row;
}

function isLive(row: PackageRow): row is LivePackage {
  return row.latest_id !== null && row.latest_version !== null;
}

/**
 * @param wanted a version, or `latest`
 * @throws HttpError 404, or 410 when it is revoked
 */
export function liveVersion(db: Database.Database, name: PackageName, wanted: string): VersionRow {
  if (wanted === 'latest') livePackage(db, name);
  const version = resolveVersion(db, name, wanted);
  if (version === undefined) {
    if (findPackage(db, name) === undefined) throw notFound(`There is no package ${name}.`);
    throw notFound(`${name} has no version ${JSON.stringify(wanted)}.`);
  }
  if (version.revoked !== null) throw gone(`${name}@${version.version} is revoked: ${version.revoked}.`);
  return version;
}
