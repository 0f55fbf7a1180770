/**
 * What an attestation must satisfy, each with the stable code that a failure is reported under. docs/provenance.md is
 * the public table; a test compares the two.
 */

/** Code and meaning by requirement, in the order in which they are checked. */
export const REQUIREMENTS = {
  'attestation-format': {
    code: 'ATTESTATION_MALFORMED',
    means: 'the attestation is a Sigstore bundle that can be read',
  },
  'bundle-version': { code: 'BUNDLE_VERSION', means: 'the Sigstore bundle is of version 0.1, 0.2 or 0.3' },
  certificate: {
    code: 'CERTIFICATE_INVALID',
    means: 'the certificate is of a trusted authority, and in time',
  },
  timestamp: { code: 'TIMESTAMP_INVALID', means: 'a trusted authority says when it was signed' },
  'log-entry': { code: 'LOG_ENTRY_INVALID', means: 'a trusted transparency log holds the signature' },
  signature: { code: 'SIGNATURE_INVALID', means: 'the signature is of these bytes' },
  'statement-type': { code: 'STATEMENT_TYPE', means: 'what is signed is an in-toto Statement v1' },
  'predicate-type': { code: 'PREDICATE_TYPE', means: 'the predicate is of the expected type' },
  'subject-count': { code: 'SUBJECT_COUNT', means: 'the statement is about one artifact' },
  'subject-digest': { code: 'SUBJECT_DIGEST', means: 'the statement is about this artifact' },
  'certificate-issuer': { code: 'CERTIFICATE_ISSUER', means: 'the expected identity provider vouches' },
  'certificate-identity': { code: 'CERTIFICATE_IDENTITY', means: 'the expected identity signed' },
  'source-owner': { code: 'SOURCE_OWNER', means: 'it was built from a repository of the expected owner' },
  'source-owner-id': { code: 'SOURCE_OWNER_ID', means: 'the owner is the account that it always was' },
  'source-repository': { code: 'SOURCE_REPOSITORY', means: 'it was built from the expected repository' },
  'source-ref': { code: 'SOURCE_REF', means: 'it was built from the expected branch or tag' },
  'source-commit': { code: 'SOURCE_COMMIT', means: 'it was built from the expected commit' },
  'signer-workflow': { code: 'SIGNER_WORKFLOW', means: 'the expected workflow signed' },
  'predicate-repository': {
    code: 'PREDICATE_REPOSITORY',
    means: 'the predicate names the repository of the certificate',
  },
  'predicate-ref': { code: 'PREDICATE_REF', means: 'the predicate names the ref of the certificate' },
  'predicate-commit': {
    code: 'PREDICATE_COMMIT',
    means: 'the predicate names the commit of the certificate',
  },
} as const;

export type Requirement = keyof typeof REQUIREMENTS;
export type FailureCode = (typeof REQUIREMENTS)[Requirement]['code'];

/** A requirement that does not hold. What was found is the attestation's own word: hostile text. */
export interface Failure {
  readonly requirement: Requirement;
  readonly expected: string;
  /** Null when there is nothing of the kind. */
  readonly found: string | null;
}

export function failure(requirement: Requirement, expected: string, found: string | null): Failure {
  return { requirement, expected, found };
}

/** Thrown within provenance/ when nothing further can be checked; verify.ts turns it into an answer. */
export class UnmetRequirement extends Error {
  readonly failure: Failure;

  constructor(requirement: Requirement, expected: string, found: string | null) {
    super(`${requirement}: expected ${expected}, found ${found}`);
    this.name = 'UnmetRequirement';
    this.failure = failure(requirement, expected, found);
  }
}
