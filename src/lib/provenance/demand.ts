/** What a user demands of whoever built something, checked as it was typed. */
import { MpakError } from '../errors.ts';
import type { SignerRequirement } from './policy.ts';

const OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/;
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9_.-]{1,100}$/;
const WORKFLOW =
  /^(?:https:\/\/[A-Za-z0-9.-]+(?::\d+)?\/|github\.com\/)?[A-Za-z0-9_-]+\/[A-Za-z0-9_.-]+\/[^@]+(?:@.+)?$/i;
const MAX_PATTERN_LENGTH = 1024;

/** @throws MpakError USAGE when a part is not of its form */
export function signerRequirement(typed: SignerRequirement): SignerRequirement {
  const { owner, repository, signerWorkflow, ref, identity, identityPattern } = typed;
  if (owner !== undefined && !OWNER.test(owner))
    throw wrong('--owner', owner, 'a GitHub owner, such as acme');
  if (repository !== undefined && !REPOSITORY.test(repository)) {
    throw wrong('--repo', repository, 'a repository, such as acme/tool');
  }
  if (signerWorkflow !== undefined && !WORKFLOW.test(signerWorkflow)) {
    throw wrong('--signer-workflow', signerWorkflow, 'one such as acme/tool/.github/workflows/release.yml');
  }
  if (ref === '') throw wrong('--source-ref', ref, 'a branch or tag, such as refs/tags/v1.0.0');
  if (identity === '') throw wrong('--cert-identity', identity, "a certificate's identity");
  if (identityPattern !== undefined && !isPattern(identityPattern)) {
    throw wrong('--cert-identity-regex', identityPattern, 'a regular expression');
  }
  return typed;
}

/** Whether it says whose something is: without that, anybody's attestation would do. */
export function namesSigner({ owner, repository, identity, identityPattern }: SignerRequirement): boolean {
  return [owner, repository, identity, identityPattern].some((demand) => demand !== undefined);
}

function isPattern(text: string): boolean {
  if (text === '' || text.length > MAX_PATTERN_LENGTH) return false;
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws MpakError USAGE when it is no URL of an identity provider */
export function issuerUrl(typed: string): string {
  if (URL.canParse(typed) && /^https?:$/.test(new URL(typed).protocol)) return typed;
  throw wrong('--cert-oidc-issuer', typed, 'the URL of an identity provider, as certificates name it');
}

/** @throws MpakError USAGE */
export function predicateTypeUri(typed: string): string {
  if (URL.canParse(typed)) return typed;
  throw wrong('--predicate-type', typed, 'a URI, such as https://slsa.dev/provenance/v1');
}

function wrong(flag: string, value: string, what: string): MpakError {
  return new MpakError('USAGE', `${flag} is ${JSON.stringify(value.slice(0, 128))}, and must be ${what}.`);
}
