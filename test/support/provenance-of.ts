/** Facts of attestations, and bundles to go with them. */
import { createHash } from 'node:crypto';
import type { VerifiedProvenance } from '../../src/lib/certification/context.ts';
import { bundleWithManifest, certifiedManifest } from './certified-bundle.ts';

export const COMMIT = 'c'.repeat(40);

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Of a release of acme/echo on a machine of GitHub. */
export function provenanceOf(
  bytes: Uint8Array,
  changes: Partial<VerifiedProvenance> = {},
): VerifiedProvenance {
  const workflow = 'https://github.com/Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0';
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    subjectSha256: sha256Of(bytes),
    issuer: 'https://token.actions.githubusercontent.com',
    builder: workflow,
    sourceRepository: 'https://github.com/Acme/echo',
    sourceCommit: COMMIT,
    signerWorkflow: workflow,
    runner: 'github-hosted',
    ...changes,
  };
}

/** The baseline with more under `_meta["org.mpaktrust"]`. */
export function bundleDeclaring(extension: Readonly<Record<string, unknown>>): Buffer {
  const declared = certifiedManifest()._meta['org.mpaktrust'];
  return bundleWithManifest({ _meta: { 'org.mpaktrust': { ...declared, ...extension } } });
}
