/** The rules that an announcement keeps, in one place: what is new to the index is held to all of them. */
import type Database from 'better-sqlite3';
import { scopeOf } from '../src/lib/bundle/name.ts';
import { findPackage } from '../src/lib/index/read-version.ts';
import type { Provenance } from '../src/lib/log/entry.ts';
import type { Announcement } from './announcement.ts';
import type { OperatorLists } from './operator-lists.ts';
import { requireDistinctName } from './rules/look-alike-names.ts';
import { requireDistinctScope } from './rules/look-alike-scopes.ts';
import { requireValidManifest } from './rules/manifest-schema.ts';
import { requireReadableNames } from './rules/mixed-scripts.ts';
import { requireUnreservedScope } from './rules/reserved-scopes.ts';
import { requireRisingVersion } from './rules/version-order.ts';
import { requireStandingVersion } from './rules/withdrawn-versions.ts';

export interface Rules {
  readonly lists: OperatorLists;
  /** Downloads from which on a package is popular: names like its are refused. */
  readonly popularFrom: number;
}

/** @throws HttpError 400, 403 or 409 with the code of the rule that is broken: docs/operating.md lists them */
export function requireRules(
  db: Database.Database,
  announcement: Announcement,
  provenance: Provenance,
  { lists, popularFrom }: Rules,
): void {
  const { name } = announcement;
  requireUnreservedScope(db, name, provenance, lists.reservedScopes);
  requireValidManifest(announcement);
  requireReadableNames(announcement);
  requireStandingVersion(db, announcement);
  requireRisingVersion(db, announcement);
  if (findPackage(db, name) !== undefined) return;
  const allowed = lists.allowedNames;
  if (!allowed.has(`@${scopeOf(name)}`)) requireDistinctScope(db, name, provenance);
  if (!allowed.has(name)) requireDistinctName(db, name, provenance, popularFrom);
}
