/**
 * A new version is higher than all there are (UP-04), or the highest of an older line that is still maintained:
 * docs/decisions/0009-versions-go-up-by-line.md.
 */
import type Database from 'better-sqlite3';
import semver from 'semver';
import type { Announcement } from '../announcement.ts';
import { HttpError } from '../http.ts';

/** @throws HttpError 409 VERSION_NOT_MONOTONIC */
export function requireRisingVersion(
  db: Database.Database,
  { name, version }: Pick<Announcement, 'name' | 'version'>,
): void {
  const versions = publishedVersions(db, name);
  // A further platform of a version that is there.
  if (versions.includes(version)) return;
  const highest = versions[0];
  if (highest === undefined || semver.gt(version, highest)) return;
  const line = lineOf(version);
  const highestOfLine = versions.find((other) => lineOf(other) === line);
  if (highestOfLine !== undefined && semver.gt(version, highestOfLine)) return;
  const against =
    highestOfLine === undefined
      ? `${name} is at ${highest} and never had a version ${line}.x, so it starts none now`
      : `${name} has ${highestOfLine}, and a new version ${line}.x must be higher`;
  throw new HttpError(409, 'VERSION_NOT_MONOTONIC', `${version} is too low: ${against}.`);
}

/** All of a package, the revoked and yanked ones too, the highest first. */
export function publishedVersions(db: Database.Database, name: string): string[] {
  return db
    .prepare<[string], string>(
      'SELECT v.version FROM packages p JOIN versions v ON v.package_id = p.id WHERE p.name = ?',
    )
    .pluck()
    .all(name)
    .sort(semver.rcompare);
}

/** Versions that promise to be compatible: `2`, or `0.3` while there is no first release (semver 2.0, section 4). */
export function lineOf(version: string): string {
  const { major, minor } = semver.parse(version) as semver.SemVer;
  return major === 0 ? `0.${minor}` : String(major);
}
