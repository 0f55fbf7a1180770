/** Whether an artifact is proven: any one attestation of it that Sigstore verifies and that satisfies the policy. */
import { MpakError } from '../errors.ts';
import { printableLine } from '../printable.ts';
import { readBundle } from './bundle.ts';
import { type AttestationDocument, jsonOf } from './document.ts';
import { checkPolicy, type Policy } from './policy.ts';
import { type Failure, type FailureCode, failure, REQUIREMENTS, UnmetRequirement } from './requirement.ts';
import { type Signer, verifySignature } from './signature.ts';
import { readStatement, type Statement } from './statement.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** An attestation, and where it was found. */
export interface Attestation {
  /** A file or a URL. */
  readonly source: string;
  readonly document: AttestationDocument;
}

export type Verification = Verified | Refused;

export interface Verified {
  readonly verified: true;
  readonly code: 'VERIFIED';
  readonly failures: readonly [];
  readonly signer: Signer;
  readonly statement: Statement;
  /** The one that satisfied the policy; `json` is the Sigstore bundle as it came. */
  readonly attestation: { readonly source: string; readonly json: unknown };
  /** What it was verified with. */
  readonly root: Pick<TrustedRoot, 'origin' | 'sha256'>;
}

export interface Refused {
  readonly verified: false;
  /** Of the first failure; ATTESTATION_MISSING when there was no attestation at all. */
  readonly code: FailureCode | 'ATTESTATION_MISSING';
  /** Of the attestation that came closest. */
  readonly failures: readonly Failure[];
  /** Null unless Sigstore proved who signed. */
  readonly signer: Signer | null;
  readonly statement: Statement | null;
}

export const NO_ATTESTATION: Refused = {
  verified: false,
  code: 'ATTESTATION_MISSING',
  failures: [],
  signer: null,
  statement: null,
};

/** Tries the attestations in their order until one satisfies the policy. No attestation, however bad, throws. */
export async function verifyAttestations(
  attestations: AsyncIterable<Attestation> | Iterable<Attestation>,
  policy: Policy,
  root: TrustedRoot,
): Promise<Verification> {
  let closest = NO_ATTESTATION;
  for await (const attestation of attestations) {
    const verification = verifyAttestation(attestation, policy, root);
    if (verification.verified) return verification;
    if (isCloser(verification, closest)) closest = verification;
  }
  return closest;
}

/** One attestation. Never throws for what is in it. */
export function verifyAttestation(
  { source, document }: Attestation,
  policy: Policy,
  root: TrustedRoot,
): Verification {
  try {
    const json = jsonOf(document);
    const bundle = readBundle(json);
    const signer = verifySignature(bundle, root);
    let statement: Statement;
    try {
      statement = readStatement(bundle);
    } catch (error) {
      return refused([failureOf(error)], signer, null);
    }
    const failures = checkPolicy(signer, statement, policy);
    if (failures.length > 0) return refused(failures, signer, statement);
    return {
      verified: true,
      code: 'VERIFIED',
      failures: [],
      signer,
      statement,
      attestation: { source, json },
      root: { origin: root.origin, sha256: root.sha256 },
    };
  } catch (error) {
    return refused([failureOf(error)], null, null);
  }
}

/** What to throw where a refusal ends the work: an installation. */
export function refusal(verification: Refused, subject: string): MpakError {
  const [first] = verification.failures;
  if (first === undefined) {
    return new MpakError('ATTESTATION_MISSING', `Nothing says who built ${subject}: it has no attestation.`, {
      hint: 'To have it all the same, whoever built it, add `--allow-unattested`.',
    });
  }
  const { requirement, expected, found } = first;
  return new MpakError(
    'ATTESTATION_REFUSED',
    // What was found is whatever the attestation says.
    printableLine(
      `The attestation of ${subject} is refused (${verification.code}): expected ${expected}, found ${found ?? 'none'}.`,
    ),
    { hint: `It does not hold that ${REQUIREMENTS[requirement].means}.` },
  );
}

function refused(failures: readonly Failure[], signer: Signer | null, statement: Statement | null): Refused {
  const { requirement } = failures[0] as Failure;
  return { verified: false, code: REQUIREMENTS[requirement].code, failures, signer, statement };
}

/** Anything else that a hostile document made a parser throw is a document that cannot be read. */
function failureOf(error: unknown): Failure {
  if (error instanceof UnmetRequirement) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return failure('attestation-format', 'a well-formed attestation', message.slice(0, 256));
}

/** The attestation that a user means is the one of this artifact, proven by Sigstore, with the fewest failures. */
function isCloser(a: Refused, b: Refused): boolean {
  const distance = ({ code, failures, signer, statement }: Refused): number => {
    if (code === 'ATTESTATION_MISSING') return Number.POSITIVE_INFINITY;
    if (signer === null) return 3000;
    if (statement === null) return 2000;
    const isOther = failures.some(({ requirement }) => requirement === 'subject-digest');
    return (isOther ? 1000 : 0) + failures.length;
  };
  return distance(a) < distance(b);
}
