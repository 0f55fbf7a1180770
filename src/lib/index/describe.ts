/** Everything that an index knows of a package and one version of it, for showing it. */
import type Database from 'better-sqlite3';
import { parsePackageReference } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import type { BundleDetail, VersionDetail } from './bundle-types.ts';
import { bundleDetail, versionDetail } from './read.ts';
import { type PackageStatus, packageStatus } from './read-status.ts';
import { closestNames } from './search.ts';

export interface PackageDescription {
  readonly detail: BundleDetail;
  /** The version that was asked for, or the latest; null when every version is revoked. */
  readonly version: VersionDetail | null;
  readonly status: PackageStatus;
}

/**
 * @param reference `@scope/name` or `@scope/name@version`, as typed
 * @throws MpakError USAGE when it is no reference; NOT_FOUND, with what was probably meant
 */
export function describePackage(db: Database.Database, reference: string): PackageDescription {
  const parsed = parsePackageReference(reference);
  if (parsed === undefined) {
    throw new MpakError('USAGE', `${JSON.stringify(reference)} is not the name of a package.`, {
      hint: 'A name looks like @scope/name, with @1.2.3 behind it for one version; `mpak search` finds names.',
    });
  }
  const { name } = parsed;
  const detail = bundleDetail(db, name);
  const status = packageStatus(db, name);
  if (detail === undefined || status === undefined) {
    const names = closestNames(db, name);
    throw new MpakError('NOT_FOUND', `There is no package ${name} in the index.`, {
      hint:
        names.length > 0
          ? `Did you mean ${names.join(' or ')}?`
          : 'Find it with `mpak search`, or run `mpak sync`.',
    });
  }
  const version = versionDetail(db, name, parsed.version ?? 'latest');
  if (version === undefined && parsed.version !== undefined) {
    const known = status.versions.slice(0, 5).map((other) => other.version);
    throw new MpakError('NOT_FOUND', `${name} has no version ${parsed.version}.`, {
      hint: `It has ${known.join(', ')}${status.versions.length > known.length ? ' and older ones' : ''}.`,
    });
  }
  return { detail, version: version ?? null, status };
}
