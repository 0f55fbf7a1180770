/** What a scan is told of an attestation that was verified. */
import { z } from 'zod';
import type { Verified } from '../provenance/verify.ts';
import type { VerifiedProvenance } from './context.ts';

const predicateSchema = z.object({ runDetails: z.object({ builder: z.object({ id: z.string() }) }) });

/** @param sha256 that it was verified to be about, lower-case hex */
export function verifiedProvenance({ signer, statement }: Verified, sha256: string): VerifiedProvenance {
  const predicate = predicateSchema.safeParse(statement.predicate);
  return {
    predicateType: statement.predicateType,
    subjectSha256: sha256,
    issuer: signer.issuer ?? '',
    builder: predicate.success ? predicate.data.runDetails.builder.id : null,
    sourceRepository: signer.repository_url,
    sourceCommit: signer.commit,
  };
}
