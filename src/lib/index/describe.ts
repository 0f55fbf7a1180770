/** Everything that an index knows of a package and one version of it, for showing it. */
import type Database from 'better-sqlite3';
import { parsePackageReference } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import type { BundleDetail, Platform, VersionDetail } from './bundle-types.ts';
import { unknownPackage, unknownVersion } from './not-found.ts';
import { bundleDetail, versionDetail } from './read.ts';
import { type ArtifactCertification, artifactCertification } from './read-artifact-certification.ts';
import { type PackageStatus, packageStatus } from './read-status.ts';

export interface PackageDescription {
  readonly detail: BundleDetail;
  /** The version that was asked for, or the latest; null when every version is revoked. */
  readonly version: VersionDetail | null;
  readonly status: PackageStatus;
  /** Of each artifact of that version that was certified, in the order in which they were announced. */
  readonly certifications: readonly (ArtifactCertification & { readonly platform: Platform })[];
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
    throw unknownPackage(db, name);
  }
  const version = versionDetail(db, name, parsed.version ?? 'latest');
  if (version === undefined && parsed.version !== undefined) {
    throw unknownVersion(
      name,
      parsed.version,
      status.versions.map((other) => other.version),
    );
  }
  const artifacts = status.versions.find((other) => other.version === version?.version)?.artifacts ?? [];
  const certifications = artifacts.flatMap(({ platform, sha256 }) => {
    const certification = artifactCertification(db, name, version?.version ?? '', sha256);
    return certification === null ? [] : [{ platform, ...certification }];
  });
  return { detail, version: version ?? null, status, certifications };
}
