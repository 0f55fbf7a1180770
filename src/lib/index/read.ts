/**
 * What an index says of one package, in API.md's shapes: for a registry's answers and for `mpak bundle show`.
 *
 * A version that is revoked or yanked is in none of the lists, so that nobody picks it from one; `packageStatus` names it and
 * says why. A package all of whose versions are revoked is answered all the same, without a latest version, from what
 * was last shown of it: a user who has it must be able to learn what happened.
 */
import type Database from 'better-sqlite3';
import { BUNDLE_COLUMNS, type BundleRow, bundleReader } from './bundle-row.ts';
import type { Bundle, BundleDetail, ProvenanceSummary, VersionDetail, VersionList } from './bundle-types.ts';
import { artifactsOf } from './read-artifact.ts';
import { certificationOf } from './read-certification.ts';
import {
  findPackage,
  manifestOf,
  provenanceOf,
  releaseOf,
  resolveVersion,
  type VersionRow,
  versionRows,
} from './read-version.ts';

/** @param name lower case, as in the log */
export function bundleDetail(db: Database.Database, name: string): BundleDetail | undefined {
  const row = db
    .prepare<
      [string],
      BundleRow & { latest_id: number | null; homepage: string | null; license: string | null }
    >(`SELECT ${BUNDLE_COLUMNS}, latest_id, homepage, license FROM packages WHERE name = ?`)
    .get(name);
  if (row === undefined) return undefined;
  const live = liveVersions(db, row.id);
  const latest = live.find(({ id }) => id === row.latest_id);
  const provenance = latest === undefined ? null : provenanceOf(latest);
  return {
    ...(bundleReader(db)([row])[0] as Bundle),
    latest_version: latest?.version ?? null,
    verified: provenance !== null,
    provenance,
    homepage: row.homepage,
    license: row.license,
    certification: latest === undefined ? null : certificationOf(db, row.name, latest.id),
    versions: live.map(({ version, published_at, downloads }) => ({ version, published_at, downloads })),
  };
}

/** @param name lower case, as in the log */
export function versionList(db: Database.Database, name: string): VersionList | undefined {
  const row = findPackage(db, name);
  if (row === undefined) return undefined;
  const live = liveVersions(db, row.id);
  return {
    name: row.name,
    latest: row.latest_version,
    versions: live.map((version) => {
      const platforms = artifactsOf(db, version.id).map(({ platform }) => platform);
      return {
        version: version.version,
        artifacts_count: platforms.length,
        platforms,
        published_at: version.published_at,
        downloads: version.downloads,
        publish_method: version.publish_method,
        provenance: provenanceSummary(version),
      };
    }),
  };
}

/**
 * A version as it was published, also when it is revoked since: ask `resolveVersion` or `packageStatus` for that.
 * @param wanted a version, or `latest`
 */
export function versionDetail(
  db: Database.Database,
  name: string,
  wanted: string,
): VersionDetail | undefined {
  const version = resolveVersion(db, name, wanted);
  if (version === undefined) return undefined;
  const release = releaseOf(version);
  return {
    name,
    version: version.version,
    published_at: version.published_at,
    downloads: version.downloads,
    artifacts: artifactsOf(db, version.id).map(({ platform, sha256, size, url }) => ({
      platform,
      digest: `sha256:${sha256}`,
      size,
      download_url: url,
    })),
    manifest: manifestOf(db, version.id),
    ...(release === null ? {} : { release }),
    publish_method: version.publish_method,
    provenance: provenanceOf(version),
  };
}

function liveVersions(db: Database.Database, packageId: number): VersionRow[] {
  return versionRows(db, packageId).filter(({ revoked, yanked }) => revoked === null && yanked === null);
}

function provenanceSummary(version: VersionRow): ProvenanceSummary | null {
  const provenance = provenanceOf(version);
  if (provenance === null) return null;
  const { schema_version, provider, repository, sha } = provenance;
  return { schema_version, provider, repository, sha };
}
