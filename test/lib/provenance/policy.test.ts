import { expect } from 'chai';
import { checkPolicy, type Policy, type SignerRequirement } from '../../../src/lib/provenance/policy.ts';
import type { Signer } from '../../../src/lib/provenance/signature.ts';
import { provenanceStatement } from '../../support/sigstore.ts';
import { policyOfEcho, SHA256 } from './local.ts';

const IDENTITY = 'https://github.com/Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0';

const SIGNER: Signer = {
  issuer: 'https://token.actions.githubusercontent.com',
  identity: IDENTITY,
  repository: 'Acme/echo',
  repository_url: 'https://github.com/Acme/echo',
  repository_id: '815',
  owner: 'Acme',
  owner_url: 'https://github.com/Acme',
  owner_id: '4711',
  ref: 'refs/tags/v1.0.0',
  commit: 'c'.repeat(40),
  workflow: IDENTITY,
  signer_workflow: IDENTITY,
  runner: 'github-hosted',
  run: null,
  trigger: 'release',
  visibility: 'public',
  signed_at: '2026-05-01T12:00:00.000Z',
  log_entries: [],
};

const codes = (signer: Signer, statement: ReturnType<typeof provenanceStatement>, policy: Policy) =>
  checkPolicy(signer, statement, policy).map(({ requirement }) => requirement);
const demand = (requirement: SignerRequirement, signer = SIGNER) =>
  codes(signer, provenanceStatement({ sha256: SHA256 }), policyOfEcho({ signer: [requirement] }));

/** What is demanded, and whether the signer satisfies it. */
const DEMANDS: readonly (readonly [SignerRequirement, boolean])[] = [
  [{ owner: 'acme' }, true],
  [{ owner: 'ACME' }, true],
  [{ owner: 'acm' }, false],
  [{ ownerId: '4711' }, true],
  [{ ownerId: '04711' }, false],
  [{ repository: 'acme/Echo' }, true],
  [{ repository: 'acme/echo2' }, false],
  [{ ref: 'refs/tags/v1.0.0' }, true],
  [{ ref: 'refs/tags/V1.0.0' }, false],
  [{ ref: 'v1.0.0' }, false],
  [{ commit: 'c'.repeat(40) }, true],
  [{ commit: 'c'.repeat(7) }, false],
  [{ identity: IDENTITY }, true],
  [{ identity: IDENTITY.toLowerCase() }, false],
  [{ identity: IDENTITY.slice(0, -1) }, false],
  [{ identityPattern: '^https://github\\.com/Acme/' }, true],
  [{ identityPattern: '^https://github\\.com/acme/' }, false],
  [{ identityPattern: 'release.yml' }, true],
  [{ signerWorkflow: 'acme/ECHO/.github/workflows/release.yml' }, true],
  [{ signerWorkflow: 'github.com/acme/echo/.github/workflows/release.yml' }, true],
  [{ signerWorkflow: 'https://github.com/acme/echo/.github/workflows/release.yml' }, true],
  [{ signerWorkflow: 'acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0' }, true],
  [{ signerWorkflow: 'acme/echo/.github/workflows/release.yml@refs/tags/v2.0.0' }, false],
  [{ signerWorkflow: 'acme/echo/.github/workflows/Release.yml' }, false],
  [{ signerWorkflow: 'acme/echo/.github/workflows/release' }, false],
];

describe('the policy', () => {
  for (const [requirement, holds] of DEMANDS) {
    it(`${holds ? 'is satisfied by' : 'refuses'} ${JSON.stringify(requirement)}`, () => {
      expect(demand(requirement)).to.have.length(holds ? 0 : 1);
    });
  }

  it('takes no other workflow for the one that is named, whatever its file is called', () => {
    const signerWorkflow = 'acme/echo/.github/workflows/release.yml';
    const signedBy = (ref: string) => ({ ...SIGNER, signer_workflow: `https://github.com/Acme/echo/${ref}` });
    for (const [ref, holds] of [
      ['.github/workflows/release.yml@refs/heads/main', true],
      [`.github/workflows/release.yml@${'c'.repeat(40)}`, true],
      ['.github/workflows/release.yml@evil.yml@refs/heads/main', false],
      [`.github/workflows/release.yml@${'c'.repeat(40)}.yml@refs/heads/main`, false],
      ['.github/workflows/release.yml', true],
      ['.github/workflows/release.yml@', false],
    ] as const) {
      expect(demand({ signerWorkflow }, signedBy(ref)), ref).to.have.length(holds ? 0 : 1);
    }
  });

  it("looks for a workflow where its source is, also on an enterprise's own GitHub", () => {
    const signer = {
      ...SIGNER,
      repository_url: 'https://github.example.com/Acme/echo',
      signer_workflow: 'https://github.example.com/Acme/echo/.github/workflows/release.yml@refs/tags/v1',
    };
    for (const [signerWorkflow, holds] of [
      ['acme/echo/.github/workflows/release.yml', true],
      ['https://github.example.com/acme/echo/.github/workflows/release.yml', true],
      ['github.com/acme/echo/.github/workflows/release.yml', false],
      ['https://github.com/acme/echo/.github/workflows/release.yml', false],
    ] as const) {
      const failures = demand({ signerWorkflow }, signer).filter((code) => code === 'signer-workflow');
      expect(failures, signerWorkflow).to.have.length(holds ? 0 : 1);
    }
  });

  it('asks for each of several demands', () => {
    const signer = [{ repository: 'Acme/echo' }, { repository: 'Acme/other' }];
    const policy = policyOfEcho({ signer });
    expect(codes(SIGNER, provenanceStatement({ sha256: SHA256 }), policy)).to.deep.equal([
      'source-repository',
    ]);
  });

  it('names every requirement that fails, in order', () => {
    const policy = policyOfEcho({
      issuer: 'https://issuer.example.com',
      predicateType: 'https://spdx.dev/Document',
    });
    const stranger = { ...SIGNER, owner: 'evil', owner_id: '1', repository: 'evil/x' };
    const statement = provenanceStatement({ sha256: SHA256 });
    expect(codes(stranger, statement, policy)).to.deep.equal([
      'predicate-type',
      'certificate-issuer',
      'source-owner',
      'source-owner-id',
      'source-repository',
    ]);
  });

  it('refuses what a certificate does not say', () => {
    const silent = {
      ...SIGNER,
      owner: null,
      repository: null,
      repository_url: null,
      ref: null,
      identity: null,
    };
    for (const requirement of [
      { owner: 'acme' },
      { repository: 'Acme/echo' },
      { ref: 'refs/tags/v1.0.0' },
      { identity: IDENTITY },
      { identityPattern: '' },
    ]) {
      expect(demand(requirement, silent), JSON.stringify(requirement)).to.have.length(1);
    }
  });

  it('compares the digest by the algorithm that is asked for', () => {
    const statement = provenanceStatement({ sha512: 'f'.repeat(128) });
    const wants = (algorithm: 'sha256' | 'sha512', value: string) =>
      codes(SIGNER, statement, policyOfEcho({ digest: { algorithm, value } }));
    expect(wants('sha512', 'f'.repeat(128))).to.deep.equal([]);
    expect(wants('sha512', 'e'.repeat(128))).to.deep.equal(['subject-digest']);
    expect(wants('sha256', 'f'.repeat(128))).to.deep.equal(['subject-digest']);
  });

  it('takes no digest from a prototype', () => {
    const statement = { ...provenanceStatement({}), subject: [{ name: 'x', digest: {} }] };
    const digest = { algorithm: 'toString' as 'sha256', value: String(Object.prototype.toString) };
    expect(codes(SIGNER, statement, policyOfEcho({ digest }))).to.deep.equal(['subject-digest']);
  });

  it('asks nothing of the source in a predicate of another type', () => {
    const type = 'https://spdx.dev/Document';
    const statement = { ...provenanceStatement({ sha256: SHA256 }), predicateType: type, predicate: {} };
    expect(codes(SIGNER, statement, policyOfEcho({ predicateType: type }))).to.deep.equal([]);
  });

  it('gives up on a regular expression that would not end', () => {
    const signer = { ...SIGNER, identity: `${'a'.repeat(64)}!` };
    expect(demand({ identityPattern: '^(a+)+$' }, signer)).to.deep.equal(['certificate-identity']);
  });
});
