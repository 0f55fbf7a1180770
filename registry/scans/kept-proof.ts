/** What the attestations prove that were verified when a bundle was announced, and kept. */
import type Database from 'better-sqlite3';
import type { PackageName } from '../../src/lib/bundle/name.ts';
import type { VerifiedProvenance } from '../../src/lib/certification/context.ts';
import { attestationOf } from '../../src/lib/certification/verified-provenance.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import { readDocuments } from '../../src/lib/provenance/document.ts';
import { registryRequirement } from '../../src/lib/provenance/subject.ts';
import type { TrustedRoot } from '../../src/lib/provenance/trusted-root.ts';
import { readAttestations } from '../attestations.ts';
import type { ScanJob } from './queue.ts';

export interface Trust {
  readonly root: () => Promise<TrustedRoot>;
  /** The identity provider that certificates must name. */
  readonly issuer: string;
}

/**
 * Verified again: it takes milliseconds, and a certificate may have lost its trust since.
 * @returns undefined when there are none
 */
export async function keptProof(
  db: Database.Database,
  job: Pick<ScanJob, 'package' | 'sha256'>,
  provenance: Provenance | null,
  { root, issuer }: Trust,
): Promise<VerifiedProvenance | null | undefined> {
  const kept = readAttestations(db, job.sha256);
  if (kept === undefined || provenance === null) return undefined;
  const name = job.package as PackageName;
  const signer = [registryRequirement({ name, ownerId: provenance.claims.owner_id, provenance })];
  const attestations = readDocuments(kept).map((document) => ({ source: 'registry', document }));
  return attestationOf(attestations, { sha256: job.sha256, issuer, signer }, await root());
}
