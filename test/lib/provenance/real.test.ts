import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readDocuments } from '../../../src/lib/provenance/document.ts';
import type { Policy } from '../../../src/lib/provenance/policy.ts';
import { loadTrustedRoot, type TrustedRoot } from '../../../src/lib/provenance/trusted-root.ts';
import { PUBLIC_TUF_URL } from '../../../src/lib/provenance/tuf.ts';
import { type Verification, verifyAttestations } from '../../../src/lib/provenance/verify.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { policyOfEcho } from './local.ts';

const FIXTURES = new URL('../../fixtures/attestations/', import.meta.url);
const REUSABLE = ['reusable-workflow-artifact', 'reusable-workflow-attestation.sigstore.json'] as const;
const CUSTOM = ['custom-issuer-artifact', 'custom-issuer.sigstore.json'] as const;
const CUSTOM_ISSUER = 'https://token.actions.githubusercontent.com/hammer-time';

const read = (name: string) => readFileSync(new URL(name, FIXTURES));

describe('real attestations of GitHub Actions, by the shipped trusted root, without a network', () => {
  const folder = temporaryFolder();
  let root: TrustedRoot;

  beforeEach(async () => {
    root = await loadTrustedRoot({
      trustedRoot: undefined,
      tuf: { url: PUBLIC_TUF_URL, rootFile: undefined },
      folder: folder(),
      offline: true,
      userAgent: 'mpak-test',
      now: () => new Date(),
    });
    expect(root.origin).to.equal('shipped');
  });

  function verify(
    [artifact, attestation]: readonly [string, string],
    policy: Partial<Policy>,
  ): Promise<Verification> {
    const value = createHash('sha256').update(read(artifact)).digest('hex');
    const documents = readDocuments(read(attestation));
    return verifyAttestations(
      documents.map((document) => ({ source: attestation, document })),
      policyOfEcho({ digest: { algorithm: 'sha256', value }, ...policy }),
      root,
    );
  }

  it('count for the owner of the source, whosever workflow signed', async () => {
    const verification = await verify(REUSABLE, {
      signer: [
        {
          owner: 'malancas',
          ownerId: '16248153',
          repository: 'malancas/attest-demo',
          ref: 'refs/heads/main',
          commit: '95baf27389e83e6a5c48f42e190d48d7abcea19e',
          signerWorkflow: 'github/artifact-attestations-workflows/.github/workflows/attest.yml',
        },
      ],
    });
    expect(verification.failures).to.deep.equal([]);
    expect(verification.verified).to.equal(true);
    expect(verification.signer).to.deep.include({
      identity:
        'https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml@09b495c3f12c7881b3cc17209a327792065c1a1d',
      run: 'https://github.com/malancas/attest-demo/actions/runs/9228858953/attempts/1',
      signed_at: '2024-05-24T19:14:24.000Z',
      log_entries: [{ log: 'https://rekor.sigstore.dev', index: 96764485, kind: 'dsse 0.0.1' }],
    });
  });

  it('do not count for the owner of the workflow', async () => {
    const verification = await verify(REUSABLE, { signer: [{ owner: 'github' }] });
    expect(verification).to.include({ verified: false, code: 'SOURCE_OWNER' });
  });

  it('do not count for another file', async () => {
    const digest = { algorithm: 'sha256', value: '0'.repeat(64) } as const;
    expect((await verify(REUSABLE, { digest, signer: [{ owner: 'malancas' }] })).code).to.equal(
      'SUBJECT_DIGEST',
    );
  });

  it('of an issuer of its own count only when that issuer is named', async () => {
    const signer = [{ owner: 'too-legit' }];
    const refused = await verify(CUSTOM, { signer });
    expect(refused.failures).to.deep.equal([
      {
        requirement: 'certificate-issuer',
        expected: 'https://token.actions.githubusercontent.com',
        found: CUSTOM_ISSUER,
      },
    ]);
    expect((await verify(CUSTOM, { signer, issuer: CUSTOM_ISSUER })).verified).to.equal(true);
    expect((await verify(CUSTOM, { signer, issuer: `${CUSTOM_ISSUER}/` })).verified).to.equal(false);
  });
});
