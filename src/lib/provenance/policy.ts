/**
 * What an attestation must say to count: pure functions over a verified signer and a statement. Sigstore has proved by
 * then that this signer signed this statement; whether it is the right one is decided here.
 *
 * The source is read from the certificate's source repository extensions, never from its subject alternative name: with
 * a reusable workflow the latter names the workflow's repository. Owners and repositories are compared as GitHub does,
 * without regard to case; everything else exactly.
 */
import vm from 'node:vm';
import { type Failure, failure } from './requirement.ts';
import type { Signer } from './signature.ts';
import { predicateSource, SLSA_PROVENANCE_V1, STATEMENT_V1, type Statement } from './statement.ts';

/** The identity provider of GitHub Actions. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

const GITHUB_HOST = 'github.com';

/** How long a user's regular expression may take over one identity. */
const PATTERN_TIMEOUT_MS = 250;

export type DigestAlgorithm = 'sha256' | 'sha512';

export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
}

export interface Policy {
  /** Of the artifact. */
  readonly digest: Digest;
  readonly predicateType: string;
  /** The identity provider that the certificate must name. */
  readonly issuer: string;
  /** Each must hold in full: what a registry recorded, and what a user demands. */
  readonly signer: readonly SignerRequirement[];
}

/** What is left out is not asked for. */
export interface SignerRequirement {
  /** Login of the owner of the source repository; a package's scope. */
  readonly owner?: string | undefined;
  /** Its numeric id: a deleted and registered again account keeps the name, not the id. */
  readonly ownerId?: string | undefined;
  /** `Owner/repo`. */
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
  readonly commit?: string | undefined;
  /**
   * `owner/repo/path/of/workflow.yml` on the host of the source, or with `https://host/` in front; with `@ref` behind it for
   * one ref of it.
   */
  readonly signerWorkflow?: string | undefined;
  /** The whole subject alternative name. */
  readonly identity?: string | undefined;
  /** A regular expression that is found in it. */
  readonly identityPattern?: string | undefined;
}

/** @returns what does not hold, in the order of the requirements; nothing when the attestation counts */
export function checkPolicy(signer: Signer, statement: Statement, policy: Policy): Failure[] {
  return [
    ...checkStatement(statement, policy),
    ...expectEqual('certificate-issuer', policy.issuer, signer.issuer),
    ...policy.signer.flatMap((requirement) => checkSigner(signer, requirement)),
    ...checkPredicate(signer, statement),
  ];
}

function checkStatement(statement: Statement, { predicateType, digest }: Policy): Failure[] {
  const { subject } = statement;
  const failures = [
    ...expectEqual('statement-type', STATEMENT_V1, statement._type),
    ...expectEqual('predicate-type', predicateType, statement.predicateType),
  ];
  if (subject.length !== 1) failures.push(failure('subject-count', '1', String(subject.length)));
  const { algorithm, value } = digest;
  const digests = subject.map((each) =>
    Object.hasOwn(each.digest, algorithm) ? each.digest[algorithm] : null,
  );
  if (!digests.includes(value)) {
    const found = digests.find((each) => each !== null) ?? null;
    failures.push(failure('subject-digest', `${algorithm}:${value}`, found && `${algorithm}:${found}`));
  }
  return failures;
}

function checkSigner(signer: Signer, expected: SignerRequirement): Failure[] {
  const failures: Failure[] = [];
  if (expected.identity !== undefined) {
    failures.push(...expectEqual('certificate-identity', expected.identity, signer.identity));
  }
  if (expected.identityPattern !== undefined) {
    failures.push(...checkPattern(expected.identityPattern, signer.identity));
  }
  if (expected.owner !== undefined) {
    failures.push(...expectEqual('source-owner', expected.owner.toLowerCase(), lower(signer.owner)));
  }
  if (expected.ownerId !== undefined) {
    failures.push(...expectEqual('source-owner-id', expected.ownerId, signer.owner_id));
  }
  if (expected.repository !== undefined) {
    failures.push(
      ...expectEqual('source-repository', expected.repository.toLowerCase(), lower(signer.repository)),
    );
  }
  if (expected.ref !== undefined) failures.push(...expectEqual('source-ref', expected.ref, signer.ref));
  if (expected.commit !== undefined) {
    failures.push(...expectEqual('source-commit', expected.commit, signer.commit));
  }
  if (expected.signerWorkflow !== undefined) {
    failures.push(...checkWorkflow(expected.signerWorkflow, signer));
  }
  return failures;
}

/** What follows a workflow's path and an @: a ref, or a commit. No file of a workflow has a slash in its name. */
const WORKFLOW_REF = /^(?:refs\/.|[0-9a-f]{40}$|[0-9a-f]{64}$)/;

function checkWorkflow(
  expected: string,
  { signer_workflow: found, repository_url: source }: Signer,
): Failure[] {
  const host = source !== null && URL.canParse(source) ? new URL(source).host : GITHUB_HOST;
  const wanted = comparableWorkflow(expected, host);
  const actual = found === null ? null : comparableWorkflow(found, host);
  const holds =
    wanted === actual ||
    (!wanted.includes('@') &&
      actual?.startsWith(`${wanted}@`) === true &&
      WORKFLOW_REF.test(actual.slice(wanted.length + 1)));
  return holds ? [] : [failure('signer-workflow', wanted, actual)];
}

/**
 * Host, owner and repository in lower case, without a scheme.
 * @param host of the source: where it is another GitHub than github.com, a workflow without a host is there too
 */
function comparableWorkflow(text: string, host: string): string {
  const hasHost = /^(?:https:\/\/|github\.com\/)/i.test(text);
  const full = hasHost ? text.replace(/^https:\/\//i, '') : `${host}/${text}`;
  const parts = full.split('/');
  return [...parts.slice(0, 3).map((part) => part.toLowerCase()), ...parts.slice(3)].join('/');
}

/** Run aside with a time limit: a careless expression over an identity that was made for it would never end. */
function checkPattern(pattern: string, identity: string | null): Failure[] {
  const expected = `/${pattern}/`;
  if (identity === null) return [failure('certificate-identity', expected, null)];
  try {
    const matches = vm.runInNewContext(
      'new RegExp(pattern).test(identity)',
      { pattern, identity },
      {
        timeout: PATTERN_TIMEOUT_MS,
      },
    );
    return matches === true ? [] : [failure('certificate-identity', expected, identity)];
  } catch {
    return [failure('certificate-identity', expected, `${identity} (the expression could not be tested)`)];
  }
}

/** A SLSA predicate must name the source of the certificate; without one in the certificate there is none to name. */
function checkPredicate(signer: Signer, statement: Statement): Failure[] {
  if (statement.predicateType !== SLSA_PROVENANCE_V1 || signer.repository_url === null) return [];
  const source = predicateSource(statement);
  if (source === undefined) return [failure('predicate-repository', signer.repository_url, null)];
  const otherCommit = source.commits.find((commit) => commit !== signer.commit);
  return [
    ...expectEqual('predicate-repository', signer.repository_url.toLowerCase(), lower(source.repository)),
    ...expectEqual('predicate-ref', signer.ref ?? 'none', source.ref),
    ...expectEqual('predicate-commit', signer.commit ?? 'none', otherCommit ?? source.commits[0] ?? null),
  ];
}

function expectEqual(requirement: Failure['requirement'], expected: string, found: string | null): Failure[] {
  return expected === found ? [] : [failure(requirement, expected, found)];
}

function lower(text: string | null): string | null {
  return text?.toLowerCase() ?? null;
}
