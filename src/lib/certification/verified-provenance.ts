/**
 * What a scan is told of an attestation, once provenance/ has verified it: offline, with a trusted root that is cached or
 * shipped. Whether it is the right kind of attestation is for the controls to say.
 */
import { z } from 'zod';
import type { Policy, SignerRequirement } from '../provenance/policy.ts';
import type { Signer } from '../provenance/signature.ts';
import { SLSA_PROVENANCE_V1, type Statement } from '../provenance/statement.ts';
import type { TrustedRoot } from '../provenance/trusted-root.ts';
import { type Attestation, type Verification, verifyAttestation } from '../provenance/verify.ts';
import type { VerifiedProvenance } from './context.ts';

const predicateSchema = z.object({ runDetails: z.object({ builder: z.object({ id: z.string() }) }) });

/** @param sha256 that it was verified to be about, lower-case hex */
export function verifiedProvenance(
  { signer, statement }: { readonly signer: Signer; readonly statement: Statement },
  sha256: string,
): VerifiedProvenance {
  const predicate = predicateSchema.safeParse(statement.predicate);
  return {
    predicateType: statement.predicateType,
    subjectSha256: sha256,
    issuer: signer.issuer ?? '',
    builder: predicate.success ? predicate.data.runDetails.builder.id : null,
    sourceRepository: signer.repository_url,
    sourceCommit: signer.commit,
    signerWorkflow: signer.signer_workflow,
    runner: signer.runner,
  };
}

/**
 * The attestation of an archive among some: SLSA provenance when one of them is that, else another that is verified.
 * @param options.sha256 of the archive, lower-case hex
 * @param options.issuer the identity provider that the certificate must name
 * @param options.signer what is known of whoever must have signed
 * @returns null when none is verified
 */
export function attestationOf(
  attestations: readonly Attestation[],
  options: {
    readonly sha256: string;
    readonly issuer: string;
    readonly signer: readonly SignerRequirement[];
  },
  root: TrustedRoot,
): VerifiedProvenance | null {
  const { sha256, issuer, signer } = options;
  const digest = { algorithm: 'sha256', value: sha256 } as const;
  const policy: Policy = { digest, predicateType: SLSA_PROVENANCE_V1, issuer, signer };
  const verifications = attestations.map((attestation) => verifyAttestation(attestation, policy, root));
  const best = verifications.find(({ verified }) => verified) ?? verifications.find(isOfAnotherType);
  if (best === undefined || best.signer === null || best.statement === null) return null;
  return verifiedProvenance({ signer: best.signer, statement: best.statement }, sha256);
}

/** Signed by who must have signed it, about this archive, and no provenance. */
function isOfAnotherType({ failures }: Verification): boolean {
  return failures.length === 1 && failures[0]?.requirement === 'predicate-type';
}
