/** What was taken back does not return: no further artifact of a yanked version (UP-04) or of a revoked one (RG-05). */
import type Database from 'better-sqlite3';
import { covering, revocationsOf } from '../../src/lib/index/read-status.ts';
import type { Announcement } from '../announcement.ts';
import { HttpError } from '../http.ts';

/** @throws HttpError 409 VERSION_REVOKED or VERSION_YANKED */
export function requireStandingVersion(
  db: Database.Database,
  { name, version }: Pick<Announcement, 'name' | 'version'>,
): void {
  const revocation = covering(revocationsOf(db, name), version);
  if (revocation !== undefined) {
    throw new HttpError(
      409,
      'VERSION_REVOKED',
      `${name} ${revocation.versions} is revoked: ${revocation.reason}. ${version} is covered by it, and is not published.`,
    );
  }
  const yanked = db
    .prepare<[string, string], string>(
      `SELECT v.yanked FROM packages p JOIN versions v ON v.package_id = p.id
       WHERE p.name = ? AND v.version = ? AND v.yanked IS NOT NULL`,
    )
    .pluck()
    .get(name, version);
  if (yanked === undefined) return;
  throw new HttpError(
    409,
    'VERSION_YANKED',
    `${name} ${version} was taken back by its publisher and never returns: publish a new version.`,
  );
}
