/** From what a user names to the one artifact that is meant, by the index alone. */
import type Database from 'better-sqlite3';
import semver from 'semver';
import { type PackageName, parsePackageReference, scopeOf } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { unknownPackage, unknownVersion } from '../index/not-found.ts';
import { chooseArtifact } from '../index/read-artifact.ts';
import { crawledStanding } from '../index/read-crawled.ts';
import { ownerOf } from '../index/read-scope.ts';
import { type IndexSource, sourceOf } from '../index/read-source.ts';
import { type PackageStatus, packageStatus, type VersionStatus } from '../index/read-status.ts';
import { runCommand } from '../index/run-command.ts';
import { refuseRevoked } from './standing.ts';

/** The artifact of a package that is to be installed, and what the index says of it. */
export interface Resolved {
  /** What its index is made of: what is not signed proves nothing of who announced it. */
  readonly source: IndexSource;
  readonly name: PackageName;
  readonly version: string;
  readonly artifact: VersionStatus['artifacts'][number];
  /** What the registry recorded of who announced it; null for imports, and where nothing is signed. */
  readonly provenance: VersionStatus['provenance'];
  /** The numeric id of the account that had the scope when it was published; null when none has announced in it. */
  readonly ownerId: string | null;
  /** Why it is revoked: then it is only looked at. */
  readonly revoked: string | null;
  /** Why its publisher took it back: it was named by its number. */
  readonly yanked: string | null;
  readonly deprecated: VersionStatus['deprecated'];
}

/** How long after its deprecation a version can be installed still, in milliseconds: UP-03. */
const DEPRECATED_INSTALLABLE_MS = 180 * 24 * 3_600_000;

/**
 * @param now refuses versions that were deprecated too long before; undefined: they are only looked at
 * @param reference `@scope/name`, `@scope/name@1.2.3`, `@scope/name@^1` or `@scope/name@latest`
 * @throws MpakError USAGE, NOT_FOUND, REVOKED, DEPRECATED
 */
export function resolve(db: Database.Database, reference: string, platform: Platform, now?: Date): Resolved {
  return find(db, reference, platform, { mayBeRevoked: false, now });
}

/**
 * The same of a revoked version, too: whoever looks into one needs it.
 * @throws MpakError USAGE, NOT_FOUND
 */
export function identify(db: Database.Database, reference: string, platform: Platform): Resolved {
  return find(db, reference, platform, { mayBeRevoked: true, now: undefined });
}

function find(
  db: Database.Database,
  reference: string,
  platform: Platform,
  { mayBeRevoked, now }: { readonly mayBeRevoked: boolean; readonly now: Date | undefined },
): Resolved {
  const parsed = parsePackageReference(reference);
  if (parsed === undefined) {
    throw new MpakError('USAGE', `${JSON.stringify(reference)} is not the name of a package.`, {
      hint: 'A name looks like @scope/name, with a version, a range or "latest" behind another @.',
    });
  }
  const { name } = parsed;
  const status = packageStatus(db, name);
  if (status === undefined) throw unknownPackage(db, name);
  const version = chooseVersion(status, parsed.version ?? 'latest', mayBeRevoked);
  if (now !== undefined) refuseLongDeprecated(name, version, now);
  const artifact = chooseArtifact(version.artifacts, platform);
  const source = sourceOf(db);
  if (artifact === undefined) {
    if (version.artifacts.length === 0) throw withoutArtifacts(db, name, version.version);
    const known = version.artifacts.map(({ platform: { os, arch } }) => `${os}-${arch}`).join(', ');
    throw new MpakError(
      'NOT_FOUND',
      `${name} ${version.version} is not published for ${platform.os}-${platform.arch}, only for ${known}.`,
      { hint: 'Another version may be: `mpak bundle show` lists them.' },
    );
  }
  return {
    source,
    name,
    version: version.version,
    artifact,
    provenance: source === 'signed' ? version.provenance : null,
    ownerId: ownerOf(db, scopeOf(name), artifact.seq)?.owner_id ?? null,
    revoked: version.revoked,
    yanked: version.yanked,
    deprecated: version.deprecated,
  };
}

function chooseVersion(status: PackageStatus, wanted: string, mayBeRevoked: boolean): VersionStatus {
  const { name, versions, latest_version: latest } = status;
  const live = versions.filter(({ revoked, yanked }) => revoked === null && yanked === null);
  // Nothing to choose from: why is what there is to say. What is looked at must be what was named.
  const isMoot = versions.every(({ revoked }) => revoked !== null) && (!mayBeRevoked || wanted === 'latest');
  const found = findVersion(status, live, wanted) ?? (isMoot ? versions[0] : undefined);
  if (found === undefined) {
    const yanked = live.length === 0 ? versions.find((version) => version.yanked !== null) : undefined;
    if (yanked !== undefined) throw takenBack(name, yanked);
    throw unknownVersion(
      name,
      wanted,
      live.map(({ version }) => version),
    );
  }
  if (!mayBeRevoked) refuseRevoked({ revoked: found.revoked, latest }, name, found.version);
  return found;
}

/** @throws MpakError DEPRECATED, also for a version that was named by its number */
function refuseLongDeprecated(name: string, { version, deprecated }: VersionStatus, now: Date): void {
  if (deprecated === null || now.getTime() - Date.parse(deprecated.at) < DEPRECATED_INSTALLABLE_MS) return;
  const { at, message, successor } = deprecated;
  throw new MpakError(
    'DEPRECATED',
    `${name} ${version} is deprecated since ${at.slice(0, 10)}, and installed no more: ${message}`,
    {
      hint:
        successor === null
          ? 'Another version may not be: `mpak bundle show` lists them.'
          : `Install ${successor} instead: \`mpak bundle install ${successor}\`.`,
    },
  );
}

/** Only in a crawled index: its details were not asked for, or it is no bundle. */
function withoutArtifacts(db: Database.Database, name: string, version: string): MpakError {
  const elsewhere = crawledStanding(db, name)?.elsewhere ?? [];
  if (elsewhere.length > 0) {
    const commands = elsewhere.map((other) => `\`${runCommand(other)}\``).join(' or ');
    return new MpakError('NOT_FOUND', `${name} ${version} is no bundle: mpak does not install it.`, {
      hint: `It is run by ${commands}, which nobody has verified.`,
    });
  }
  return new MpakError('DETAILS_MISSING', `The details of ${name} ${version} are not kept on this machine.`, {
    hint: `\`mpak bundle show ${name}@${version}\` asks for them, and keeps them.`,
  });
}

function takenBack(name: string, { version, yanked }: VersionStatus): MpakError {
  return new MpakError('NOT_FOUND', `${name} was taken back by its publisher: ${yanked}`, {
    hint: `To have it all the same, name the version: ${name}@${version}.`,
  });
}

/** A revoked version only when it is named, or when the range holds no other; a yanked one only when it is named. */
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
  const revoked = versions.filter((version) => version.revoked !== null);
  return highestIn(released, range) ?? highestIn(live, range) ?? highestIn(revoked, range);
}

function highestIn(versions: readonly VersionStatus[], range: string): VersionStatus | undefined {
  const highest = semver.maxSatisfying(
    versions.map(({ version }) => version),
    range,
  );
  return versions.find(({ version }) => version === highest);
}
