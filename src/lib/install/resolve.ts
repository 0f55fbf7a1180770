/** From what a user names to the one artifact that is meant, by the index alone. */
import type Database from 'better-sqlite3';
import semver from 'semver';
import { type PackageName, parsePackageReference, scopeOf } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { unknownPackage, unknownVersion } from '../index/not-found.ts';
import { chooseArtifact } from '../index/read-artifact.ts';
import { type PackageStatus, packageStatus, type VersionStatus } from '../index/read-status.ts';
import { refuseRevoked } from './standing.ts';

/** The artifact of a package that is to be installed, and what the index says of it. */
export interface Resolved {
  readonly name: PackageName;
  readonly version: string;
  readonly artifact: VersionStatus['artifacts'][number];
  /** What the registry recorded of who announced it; null for imports. */
  readonly provenance: VersionStatus['provenance'];
  /** The numeric id of the GitHub account that first used the scope; null when none has announced in it. */
  readonly ownerId: string | null;
  readonly deprecated: VersionStatus['deprecated'];
}

/**
 * @param reference `@scope/name`, `@scope/name@1.2.3`, `@scope/name@^1` or `@scope/name@latest`
 * @throws MpakError USAGE, NOT_FOUND, REVOKED
 */
export function resolve(db: Database.Database, reference: string, platform: Platform): Resolved {
  const parsed = parsePackageReference(reference);
  if (parsed === undefined) {
    throw new MpakError('USAGE', `${JSON.stringify(reference)} is not the name of a package.`, {
      hint: 'A name looks like @scope/name, with a version, a range or "latest" behind another @.',
    });
  }
  const { name } = parsed;
  const status = packageStatus(db, name);
  if (status === undefined) throw unknownPackage(db, name);
  const version = chooseVersion(status, parsed.version ?? 'latest');
  const artifact = chooseArtifact(version.artifacts, platform);
  if (artifact === undefined) {
    const known = version.artifacts.map(({ platform: { os, arch } }) => `${os}-${arch}`).join(', ');
    throw new MpakError(
      'NOT_FOUND',
      `${name} ${version.version} is not published for ${platform.os}-${platform.arch}, only for ${known}.`,
      { hint: 'Another version may be: `mpak bundle show` lists them.' },
    );
  }
  const ownerId = db.prepare('SELECT owner_id FROM scopes WHERE scope = ?').pluck().get(scopeOf(name));
  return {
    name,
    version: version.version,
    artifact,
    provenance: version.provenance,
    ownerId: (ownerId as string | undefined) ?? null,
    deprecated: version.deprecated,
  };
}

function chooseVersion(status: PackageStatus, wanted: string): VersionStatus {
  const { name, versions, latest_version: latest } = status;
  const live = versions.filter(({ revoked }) => revoked === null);
  // Nothing to choose from: why is what there is to say.
  const found = live.length === 0 ? versions[0] : findVersion(status, live, wanted);
  if (found === undefined) {
    throw unknownVersion(
      name,
      wanted,
      live.map(({ version }) => version),
    );
  }
  refuseRevoked({ revoked: found.revoked, latest }, name, found.version);
  return found;
}

/** A revoked version only when it is named, or when the range holds no other. */
function findVersion(
  { versions, latest_version: latest }: PackageStatus,
  live: readonly VersionStatus[],
  wanted: string,
): VersionStatus | undefined {
  const exact = wanted === 'latest' ? latest : semver.valid(wanted);
  if (exact !== null) return versions.find(({ version }) => version === exact);
  const range = semver.validRange(wanted);
  if (range === null) return undefined;
  // Marked as a prerelease, and by its number none: a range cannot ask for it, so it comes after those that are not.
  const released = live.filter(
    ({ prerelease, version }) => !prerelease || semver.prerelease(version) !== null,
  );
  return highestIn(released, range) ?? highestIn(live, range) ?? highestIn(versions, range);
}

function highestIn(versions: readonly VersionStatus[], range: string): VersionStatus | undefined {
  const highest = semver.maxSatisfying(
    versions.map(({ version }) => version),
    range,
  );
  return versions.find(({ version }) => version === highest);
}
