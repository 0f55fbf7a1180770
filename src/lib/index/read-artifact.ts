/** The artifacts of a version, and which of them a platform gets. */
import type Database from 'better-sqlite3';
import type { AssetState } from '../log/entry.ts';
import type { Platform } from './bundle-types.ts';
import { resolveVersion } from './read-version.ts';

export interface Artifact {
  readonly platform: Platform;
  readonly filename: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly url: string;
  /** Of the attestations that the registry verified, as it serves them: hex; null when it has none. */
  readonly attestation_sha256: string | null;
  /** The predicate type of its attestation; null when it has none. */
  readonly attestation_type: string | null;
  /** 0 to 4; null: never certified. */
  readonly certification_level: number | null;
  /** What was last found at its URL. */
  readonly state: AssetState;
  /** Position of its entry in the log. */
  readonly seq: number;
}

/** In the order in which they were announced. */
export function artifactsOf(db: Database.Database, versionId: number): Artifact[] {
  return db
    .prepare<[number], Platform & Omit<Artifact, 'platform'>>(
      `SELECT os, arch, filename, sha256, size, url, attestation_sha256, attestation_type, certification_level, state, seq
       FROM artifacts WHERE version_id = ? ORDER BY id`,
    )
    .all(versionId)
    .map(({ os, arch, ...artifact }) => ({ platform: { os, arch }, ...artifact }));
}

/**
 * The artifact for a platform, as API.md chooses: the same os and arch, else the os with arch `any`, else `any`/`any`.
 * @param platform undefined means `any`/`any`
 */
export function chooseArtifact<A extends { readonly platform: Platform }>(
  artifacts: readonly A[],
  platform: Platform | undefined,
): A | undefined {
  const { os, arch } = platform ?? { os: 'any', arch: 'any' };
  const of = (wanted: Platform) =>
    artifacts.find(
      (artifact) => artifact.platform.os === wanted.os && artifact.platform.arch === wanted.arch,
    );
  return of({ os, arch }) ?? of({ os, arch: 'any' }) ?? of({ os: 'any', arch: 'any' });
}

/** The artifact of a version for a platform; whether the version is revoked is for the caller to ask. */
export function findArtifact(
  db: Database.Database,
  name: string,
  version: string,
  platform: Platform | undefined,
): Artifact | undefined {
  const row = resolveVersion(db, name, version);
  return row && chooseArtifact(artifactsOf(db, row.id), platform);
}
