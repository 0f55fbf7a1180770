/**
 * What Sigstore proves of an attestation: certificate chain and SCT, signed time, log entry, signature. The work is
 * @sigstore/verify's; here its errors become failures with codes, and what it has proved becomes a signer.
 */
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import { toSignedEntity, VerificationError, type Signer as VerifiedSigner } from '@sigstore/verify';
import type { AttestationBundle } from './bundle.ts';
import { type Identity, readIdentity } from './certificate.ts';
import { type Requirement, UnmetRequirement } from './requirement.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** An entry of a transparency log that holds the signature. */
export interface LogEntry {
  /** URL of the log. */
  readonly log: string;
  readonly index: number;
  readonly kind: string;
}

/** Who signed, when, and which log entries prove it. */
export type Signer = Identity & {
  /** The earliest time that a trusted log or timestamp authority signed. ISO 8601. */
  readonly signed_at: string;
  readonly log_entries: readonly LogEntry[];
};

const CODES: ReadonlyMap<string, Requirement> = new Map([
  ['CERTIFICATE_ERROR', 'certificate'],
  ['PUBLIC_KEY_ERROR', 'certificate'],
  ['TIMESTAMP_ERROR', 'timestamp'],
  ['SIGNATURE_ERROR', 'signature'],
]);

/**
 * Verifies the attestation against the trusted root; several roots in one file are each tried.
 * @throws UnmetRequirement attestation-format, certificate, timestamp, log-entry, signature
 */
export function verifySignature(bundle: AttestationBundle, root: TrustedRoot): Signer {
  const tlogEntries: readonly TransparencyLogEntry[] = bundle.verificationMaterial.tlogEntries;
  if (tlogEntries.length === 0)
    throw new UnmetRequirement('log-entry', 'an entry of a transparency log', null);
  const verified = verifyWithAny(bundle, root);
  return {
    ...readIdentity(verified),
    signed_at: signedAt(bundle),
    log_entries: tlogEntries.map((entry) => ({
      log: root.logUrl(entry.logId.keyId) ?? `log ${entry.logId.keyId.toString('hex')}`,
      // The promise signs the index in the whole log; without one, only the index in the proven tree is signed for.
      index: Number(entry.inclusionPromise === undefined ? entry.inclusionProof?.logIndex : entry.logIndex),
      kind: `${entry.kindVersion.kind} ${entry.kindVersion.version}`,
    })),
  };
}

function verifyWithAny(bundle: AttestationBundle, root: TrustedRoot): VerifiedSigner {
  let first: UnmetRequirement | undefined;
  for (const verifier of root.verifiers) {
    try {
      return verifier.verify(toSignedEntity(bundle));
    } catch (error) {
      first ??= describe(error);
    }
  }
  throw first ?? new UnmetRequirement('certificate', 'a trusted authority', null);
}

function describe(error: unknown): UnmetRequirement {
  if (!(error instanceof VerificationError)) {
    // A part that @sigstore/verify could not parse.
    const found = `one that cannot be read: ${(error as Error).message}`.slice(0, 256);
    return new UnmetRequirement('attestation-format', 'a well-formed attestation', found);
  }
  const requirement = CODES.get(error.code) ?? 'log-entry';
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new UnmetRequirement(
    requirement,
    EXPECTED[requirement] ?? '',
    `${error.message}${cause}`.slice(0, 512),
  );
}

const EXPECTED: { readonly [requirement in Requirement]?: string } = {
  certificate: 'a certificate of a trusted authority, valid when it signed',
  timestamp: 'a time signed by a trusted log or timestamp authority',
  'log-entry': 'an entry of a trusted transparency log for this signature',
  signature: 'a signature of the statement by the key of the certificate',
};

/** Verified before: every time that is read here was part of it. */
function signedAt(bundle: AttestationBundle): string {
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const logged = tlogEntries
    .filter(
      ({ inclusionPromise, integratedTime }) => inclusionPromise !== undefined && integratedTime !== '0',
    )
    .map(({ integratedTime }) => Number(integratedTime) * 1000);
  const stamped = (timestampVerificationData?.rfc3161Timestamps ?? []).map(({ signedTimestamp }) =>
    RFC3161Timestamp.parse(Buffer.from(signedTimestamp)).signingTime.getTime(),
  );
  return new Date(Math.min(...logged, ...stamped)).toISOString();
}
