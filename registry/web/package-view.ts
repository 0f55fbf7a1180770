/** What a package's page shows, read from the index and from the reports of scans that the registry keeps. */
import type Database from 'better-sqlite3';
import type { PackageName } from '../../src/lib/bundle/name.ts';
import type { Report } from '../../src/lib/certification/report.ts';
import type { JsonObject } from '../../src/lib/certification/safe-json.ts';
import { type Artifact, artifactsOf } from '../../src/lib/index/read-artifact.ts';
import {
  type ArtifactCertification,
  artifactCertification,
} from '../../src/lib/index/read-artifact-certification.ts';
import {
  covering,
  type Deprecation,
  deprecationOf,
  deprecationsOf,
  type Revocation,
  revocationsOf,
} from '../../src/lib/index/read-status.ts';
import {
  findPackage,
  manifestOf,
  provenanceOf,
  releaseOf,
  type VersionRow,
  versionRows,
} from '../../src/lib/index/read-version.ts';
import type { Manifest, Provenance } from '../../src/lib/log/entry.ts';
import { readMirror } from '../mirror/state.ts';
import { notFound } from '../routes/published.ts';
import { isQueued } from '../scans/queue.ts';
import { readReport } from '../scans/reports.ts';

/** One file, which may be published for several platforms. */
export interface FileView {
  readonly sha256: string;
  readonly platforms: readonly Artifact[];
  readonly certification: ArtifactCertification | null;
  readonly report: Report | null;
  readonly omittedFindings: number;
  /** A scan is yet to come. */
  readonly queued: boolean;
}

export interface PackageView {
  readonly name: PackageName;
  readonly version: VersionRow;
  readonly isLatest: boolean;
  /** The page is of a version that was asked for by its number. */
  readonly isPinned: boolean;
  readonly manifest: Manifest;
  /** The same: what the log does not check may be anything. */
  readonly json: JsonObject;
  readonly provenance: Provenance | null;
  readonly release: { readonly tag: string; readonly url?: string } | null;
  readonly deprecation: Deprecation | undefined;
  readonly revocation: Revocation | undefined;
  readonly artifacts: readonly Artifact[];
  readonly files: readonly FileView[];
  /** The lowest of its files; null unless all of them are certified. */
  readonly level: number | null;
  readonly versions: readonly VersionRow[];
  readonly downloads: number;
  /** Host of the registry that this one copies; undefined where publishers announce to it. */
  readonly mirrorOf: string | undefined;
}

/**
 * @param wanted a version; undefined: the latest, or the highest where all are withdrawn
 * @throws HttpError 404
 */
export function packageView(
  db: Database.Database,
  name: PackageName,
  wanted: string | undefined,
): PackageView {
  const row = findPackage(db, name);
  if (row === undefined) throw notFound(`There is no package ${name}.`);
  const versions = versionRows(db, row.id);
  const version =
    wanted === undefined
      ? (versions.find(({ id }) => id === row.latest_id) ?? versions[0])
      : versions.find((each) => each.version === wanted);
  if (version === undefined) throw notFound(`${name} has no version ${JSON.stringify(wanted)}.`);
  const manifest = manifestOf(db, version.id);
  const mirror = readMirror(db);
  const artifacts = artifactsOf(db, version.id);
  const files = [...Map.groupBy(artifacts, ({ sha256 }) => sha256)].map(([sha256, platforms]) =>
    fileView(db, { package: name, version: version.version, sha256 }, platforms),
  );
  const levels = artifacts.map(({ certification_level }) => certification_level);
  return {
    name,
    version,
    isLatest: version.id === row.latest_id,
    isPinned: wanted !== undefined,
    manifest,
    json: manifest as JsonObject,
    provenance: provenanceOf(version),
    release: releaseOf(version),
    deprecation: deprecationOf(deprecationsOf(db, name), version.version),
    revocation: version.revoked === null ? undefined : covering(revocationsOf(db, name), version.version),
    artifacts,
    files,
    level: levels.includes(null) ? null : Math.min(...(levels as number[])),
    versions,
    downloads: versions.reduce((sum, { downloads }) => sum + downloads, 0),
    mirrorOf: mirror && new URL(mirror.from).host,
  };
}

function fileView(
  db: Database.Database,
  artifact: { readonly package: string; readonly version: string; readonly sha256: string },
  platforms: readonly Artifact[],
): FileView {
  const kept = readReport(db, artifact);
  return {
    sha256: artifact.sha256,
    platforms,
    certification: artifactCertification(db, artifact.package, artifact.version, artifact.sha256),
    report: kept === undefined ? null : (JSON.parse(kept.report) as Report),
    omittedFindings: kept?.omitted ?? 0,
    queued: isQueued(db, artifact),
  };
}

/** Whether it may be handed out and named to install. */
export function isOffered({ version }: Pick<PackageView, 'version'>): boolean {
  return version.revoked === null;
}

/** Whether a build has signed for each of its files. */
export function isAttested({ artifacts }: Pick<PackageView, 'artifacts'>): boolean {
  return artifacts.length > 0 && artifacts.every(({ attestation_sha256 }) => attestation_sha256 !== null);
}

export function platformName({ os, arch }: Artifact['platform']): string {
  return os === 'any' && arch === 'any' ? 'any' : `${os}-${arch}`;
}
