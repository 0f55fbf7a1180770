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
  let version: string | null;
  if (wanted === 'latest') {
    version = latest ?? versions[0]?.version ?? null;
  } else if (semver.valid(wanted) !== null) {
    version = semver.valid(wanted);
  } else {
    const range = semver.validRange(wanted);
    version =
      range === null
        ? null
        : semver.maxSatisfying(
            live.map((other) => other.version),
            range,
          );
  }
  const found = versions.find((candidate) => candidate.version === version);
  if (found !== undefined) {
    refuseRevoked({ revoked: found.revoked, latest }, name, found.version);
    return found;
  }
  throw unknownVersion(
    name,
    wanted,
    live.map((other) => other.version),
  );
}
