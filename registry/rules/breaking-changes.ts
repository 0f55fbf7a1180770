/**
 * What a new version changes that its users will notice (UP-01, UP-02): accepted, since only its publisher knows what
 * was meant, and answered with warnings.
 */
import type Database from 'better-sqlite3';
import semver from 'semver';
import { manifestOf, resolveVersion } from '../../src/lib/index/read-version.ts';
import { addsPermission, permissionsOf } from '../../src/lib/install/proposal.ts';
import type { Manifest } from '../../src/lib/log/entry.ts';
import type { Announcement } from '../announcement.ts';
import { lineOf, publishedVersions } from './version-order.ts';

export interface Warning {
  readonly code: 'TOOLS_REMOVED' | 'PERMISSIONS_ADDED';
  readonly message: string;
}

/** Tools that are named in a warning. */
const MOST_TOOLS_TOLD = 10;

/** Call it before the version is in the index. A further platform of a version warns of nothing. */
export function warningsOf(db: Database.Database, announcement: Announcement): Warning[] {
  const { name, version, manifest } = announcement;
  const versions = publishedVersions(db, name);
  if (versions.includes(version)) return [];
  const lower = versions.find((other) => semver.lt(other, version));
  if (lower === undefined) return [];
  const warnings: Warning[] = [];
  const before = manifestAt(db, name, lower);
  const removed = lineOf(lower) === lineOf(version) ? removedTools(before, manifest) : [];
  if (removed.length > 0) {
    const told = removed.slice(0, MOST_TOOLS_TOLD).join(', ');
    const more = removed.length > MOST_TOOLS_TOLD ? ` and ${removed.length - MOST_TOOLS_TOLD} more` : '';
    warnings.push({
      code: 'TOOLS_REMOVED',
      message: `${lower} has tools that ${version} has not: ${told}${more}. By semantic versioning that takes a new ${lineOf(version).includes('.') ? 'minor' : 'major'} version.`,
    });
  }
  if (addsPermission(permissionsOf(before), permissionsOf(manifest))) {
    warnings.push({
      code: 'PERMISSIONS_ADDED',
      message: `${version} declares permissions that ${lower} does not: users are asked again before they get it.`,
    });
  }
  return warnings;
}

function manifestAt(db: Database.Database, name: string, version: string): Manifest {
  const row = resolveVersion(db, name, version);
  if (row === undefined) throw new Error(`${name} has no version ${version}`);
  return manifestOf(db, row.id);
}

/** Unless the server names its tools only when it runs. */
function removedTools(before: Manifest, now: Manifest): string[] {
  if (now.tools_generated === true) return [];
  const names = new Set((now.tools ?? []).map(({ name }) => name));
  return (before.tools ?? []).map(({ name }) => name).filter((name) => !names.has(name));
}
