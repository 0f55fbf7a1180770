import { expect } from 'chai';
import { refusal, verifyAttestations } from '../../../src/lib/provenance/verify.ts';
import {
  type AttestOptions,
  type BundleJson,
  LocalSigstore,
  type StatementJson,
} from '../../support/sigstore.ts';
import { localSigstore, policyOfEcho, SHA256, verifyJson } from './local.ts';

const OTHER = 'cd'.repeat(32);

/** Name, what is forged, the code, and what was expected and found where that is worth saying. */
const FORGERIES: readonly (readonly [string, AttestOptions, string, (readonly [string, string | null])?])[] =
  [
    [
      'of another artifact',
      { statement: (s) => ({ ...s, subject: [{ name: 'x', digest: { sha256: OTHER } }] }) },
      'SUBJECT_DIGEST',
      [`sha256:${SHA256}`, `sha256:${OTHER}`],
    ],
    [
      'of the same digest by another algorithm',
      { statement: (s) => ({ ...s, subject: [{ name: 'x', digest: { sha512: SHA256 } }] }) },
      'SUBJECT_DIGEST',
      [`sha256:${SHA256}`, null],
    ],
    [
      'of two artifacts',
      { statement: (s) => ({ ...s, subject: [...s.subject, { name: 'x', digest: { sha256: OTHER } }] }) },
      'SUBJECT_COUNT',
      ['1', '2'],
    ],
    ['of no artifact', { statement: (s) => ({ ...s, subject: [] }) }, 'SUBJECT_COUNT', ['1', '0']],
    [
      'by another owner',
      { claims: { owner: 'evil', repository: 'evil/echo' } },
      'SOURCE_OWNER',
      ['acme', 'evil'],
    ],
    [
      'by an owner whose name begins alike',
      { claims: { owner: 'acme-evil', repository: 'acme-evil/echo' } },
      'SOURCE_OWNER',
      ['acme', 'acme-evil'],
    ],
    [
      'by an account that was registered again',
      { claims: { owner_id: '9999' } },
      'SOURCE_OWNER_ID',
      ['4711', '9999'],
    ],
    [
      'from another repository',
      { claims: { repository: 'Acme/other' } },
      'SOURCE_REPOSITORY',
      ['acme/echo', 'acme/other'],
    ],
    ['from another branch', { claims: { ref: 'refs/heads/evil' } }, 'SOURCE_REF'],
    ['from another commit', { claims: { commit: 'd'.repeat(40) } }, 'SOURCE_COMMIT'],
    [
      'by another issuer',
      { claims: { issuer: 'https://token.actions.githubusercontent.com/evil' } },
      'CERTIFICATE_ISSUER',
      ['https://token.actions.githubusercontent.com', 'https://token.actions.githubusercontent.com/evil'],
    ],
    [
      'of another kind',
      { statement: (s) => ({ ...s, predicateType: 'https://spdx.dev/Document' }) },
      'PREDICATE_TYPE',
      ['https://slsa.dev/provenance/v1', 'https://spdx.dev/Document'],
    ],
    [
      'with a statement v0.1',
      { statement: (s) => ({ ...s, _type: 'https://in-toto.io/Statement/v0.1' }) },
      'STATEMENT_TYPE',
      ['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'],
    ],
    ['of something that is no statement', { statement: () => 'hello' }, 'STATEMENT_TYPE'],
    ['of another payload type', { payloadType: 'text/plain' }, 'STATEMENT_TYPE'],
    ['with an expired certificate', { issuedAt: new Date(Date.now() - 3_600_000) }, 'CERTIFICATE_INVALID'],
    [
      'with a certificate of the future',
      { issuedAt: new Date(Date.now() + 3_600_000) },
      'CERTIFICATE_INVALID',
    ],
    [
      'without a log entry',
      { withoutLogEntry: true },
      'LOG_ENTRY_INVALID',
      ['an entry of a transparency log', null],
    ],
    ['timestamped, without a log entry', { withoutLogEntry: true, rekor: 2 }, 'LOG_ENTRY_INVALID'],
    ['with a signature over other bytes', { signs: Buffer.from('other') }, 'SIGNATURE_INVALID'],
    [
      'whose certificate names two repositories',
      { extensions: [{ oid: '1.3.6.1.4.1.57264.1.12', value: 'https://github.com/Acme/echo' }] },
      'CERTIFICATE_INVALID',
    ],
    ["whose repository is not the owner's", { claims: { repository: 'evil/echo' } }, 'CERTIFICATE_INVALID'],
    [
      'whose predicate names another repository',
      {
        statement: inPredicate({
          externalParameters: {
            workflow: { repository: 'https://github.com/evil/x', ref: 'refs/tags/v1.0.0' },
          },
        }),
      },
      'PREDICATE_REPOSITORY',
      ['https://github.com/acme/echo', 'https://github.com/evil/x'],
    ],
    [
      'whose predicate names another ref',
      {
        statement: inPredicate({
          externalParameters: {
            workflow: { repository: 'https://github.com/Acme/echo', ref: 'refs/heads/x' },
          },
        }),
      },
      'PREDICATE_REF',
    ],
    [
      'whose predicate names another commit',
      {
        statement: inPredicate({
          resolvedDependencies: [
            {
              uri: 'git+https://github.com/Acme/echo@refs/tags/v1.0.0',
              digest: { gitCommit: 'e'.repeat(40) },
            },
          ],
        }),
      },
      'PREDICATE_COMMIT',
      ['c'.repeat(40), 'e'.repeat(40)],
    ],
    [
      'whose predicate names a second commit',
      {
        statement: inPredicate({
          resolvedDependencies: ['c', 'e'].map((digit) => ({
            uri: 'git+https://github.com/Acme/echo@refs/tags/v1.0.0',
            digest: { gitCommit: digit.repeat(40) },
          })),
        }),
      },
      'PREDICATE_COMMIT',
    ],
    [
      'whose predicate names no commit',
      { statement: inPredicate({ resolvedDependencies: [] }) },
      'PREDICATE_COMMIT',
      ['c'.repeat(40), null],
    ],
    ['whose predicate is empty', { statement: (s) => ({ ...s, predicate: {} }) }, 'PREDICATE_REPOSITORY'],
  ];

function inPredicate(changes: Record<string, unknown>) {
  return (statement: StatementJson) => {
    const predicate = statement.predicate as { buildDefinition: object };
    return {
      ...statement,
      predicate: { ...predicate, buildDefinition: { ...predicate.buildDefinition, ...changes } },
    };
  };
}

describe('an attestation', () => {
  const local = localSigstore();
  const attest = (options?: AttestOptions) => local.sigstore.attest({ sha256: SHA256 }, options);

  it('counts when all of the policy holds', async () => {
    const verification = verifyJson(await attest(), local.root);
    expect(verification.failures).to.deep.equal([]);
    expect(verification).to.include({ verified: true, code: 'VERIFIED' });
    expect(verification.signer).to.deep.include({
      issuer: 'https://token.actions.githubusercontent.com',
      owner: 'Acme',
      owner_id: '4711',
      repository: 'Acme/echo',
      commit: 'c'.repeat(40),
      ref: 'refs/tags/v1.0.0',
      runner: 'github-hosted',
    });
    expect(verification.signer?.log_entries[0]?.log).to.equal('https://rekor.test');
  });

  for (const bundle of ['0.1', '0.2', '0.3'] as const) {
    it(`counts as a Sigstore bundle of version ${bundle}`, async () => {
      expect(verifyJson(await attest({ bundle }), local.root).code).to.equal('VERIFIED');
    });
  }

  it('counts with an entry of a Rekor v2 log and a signed timestamp', async () => {
    const verification = verifyJson(await attest({ rekor: 2 }), local.root);
    expect(verification.code).to.equal('VERIFIED');
    expect(verification.signer?.log_entries).to.deep.equal([
      { log: 'https://rekor2.test', index: 0, kind: 'dsse 0.0.2' },
    ]);
    expect(Date.parse(verification.signer?.signed_at ?? '')).to.be.closeTo(Date.now(), 60_000);
  });

  it('does not count with an entry of a Rekor v2 log and no timestamp', async () => {
    const json = await attest({ rekor: 2 });
    json.verificationMaterial.timestampVerificationData = {};
    expect(verifyJson(json, local.root).code).to.equal('TIMESTAMP_INVALID');
  });

  it('counts when a reusable workflow of another repository signed', async () => {
    const signer_workflow = 'tools/workflows/.github/workflows/build.yml@refs/heads/main';
    const verification = verifyJson(await attest({ claims: { signer_workflow } }), local.root);
    expect(verification.code).to.equal('VERIFIED');
    expect(verification.signer?.identity).to.equal(`https://github.com/${signer_workflow}`);
  });

  it("does not count when the workflow is the owner's and the source is not", async () => {
    const claims = { owner: 'evil', repository: 'evil/fork' };
    expect(verifyJson(await attest({ claims }), local.root).code).to.equal('SOURCE_OWNER');
  });

  for (const [name, options, code, values] of FORGERIES) {
    it(`does not count ${name}`, async () => {
      const verification = verifyJson(await attest(options), local.root);
      expect(verification, JSON.stringify(verification.failures)).to.include({ verified: false, code });
      if (values === undefined) return;
      const [expected, found] = values;
      expect(verification.failures[0]).to.include({ expected, found });
    });
  }

  it('does not count when its statement was changed after it was signed', async () => {
    const json = await attest();
    const statement = JSON.parse(Buffer.from(json.dsseEnvelope.payload, 'base64').toString());
    statement.subject[0].digest.sha256 = OTHER;
    json.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
    const digest = { algorithm: 'sha256', value: OTHER } as const;
    expect(verifyJson(json, local.root, policyOfEcho({ digest })).code).to.equal('LOG_ENTRY_INVALID');
  });

  it('does not count with the log entry of another', async () => {
    const [json, other] = [await attest(), await attest()];
    json.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries;
    expect(verifyJson(json, local.root).code).to.equal('LOG_ENTRY_INVALID');
  });

  it('does not count with a log entry whose time was moved into the life of the certificate', async () => {
    const json = await attest({ issuedAt: new Date(Date.now() + 300_000) });
    const [entry] = json.verificationMaterial.tlogEntries;
    entry.integratedTime = String(Number(entry.integratedTime) + 400);
    expect(verifyJson(json, local.root).code).to.equal('LOG_ENTRY_INVALID');
  });

  it('does not count when another Sigstore issued it', async () => {
    const stranger = await LocalSigstore.start();
    try {
      const json = await stranger.attest({ sha256: SHA256 });
      expect(verifyJson(json, local.root).code).to.equal('CERTIFICATE_INVALID');
    } finally {
      await stranger.close();
    }
  });

  it('does not count in a version of bundle that is unknown', async () => {
    const json = await attest();
    json.mediaType = 'application/vnd.dev.sigstore.bundle.v0.9+json';
    expect(verifyJson(json, local.root).code).to.equal('BUNDLE_VERSION');
  });

  it('does not count with a bare key in place of a certificate', async () => {
    const json = await attest();
    json.verificationMaterial.publicKey = { hint: 'toString' };
    delete json.verificationMaterial.certificate;
    expect(verifyJson(json, local.root).code).to.equal('CERTIFICATE_INVALID');
  });

  it('counts once among others that do not', async () => {
    const documents: BundleJson[] = [null, await attest({ claims: { owner_id: '1' } }), await attest()];
    const attestations = documents.map((json, index) => ({ source: String(index), document: { json } }));
    const verification = await verifyAttestations(attestations, policyOfEcho(), local.root);
    expect(verification.verified && verification.attestation.source).to.equal('2');
  });

  it('that came closest is the one that is reported', async () => {
    const otherArtifact = await local.sigstore.attest({ sha256: OTHER });
    const otherOwner = await attest({ claims: { owner: 'evil', repository: 'evil/echo' } });
    const otherCommit = await attest({ claims: { commit: 'd'.repeat(40) } });
    const documents: BundleJson[] = [null, otherArtifact, otherOwner, otherCommit, {}];
    const attestations = documents.map((json) => ({ source: 'test', document: { json } }));
    const verification = await verifyAttestations(attestations, policyOfEcho(), local.root);
    expect(verification.failures).to.deep.equal([
      { requirement: 'source-commit', expected: 'c'.repeat(40), found: 'd'.repeat(40) },
    ]);
    expect(verification.signer?.repository).to.equal('Acme/echo');
  });

  it('does not count as the signature of a file, which states nothing', async () => {
    const { dsseEnvelope, ...rest } = await attest();
    const messageDigest = { algorithm: 'SHA2_256', digest: Buffer.from(SHA256, 'hex').toString('base64') };
    const messageSignature = { messageDigest, signature: dsseEnvelope.signatures[0].sig };
    expect(verifyJson({ ...rest, messageSignature }, local.root).code).to.equal('ATTESTATION_MALFORMED');
  });

  it('that is refused or missing ends an installation with an error of its own', async () => {
    const forged = verifyJson(await attest({ claims: { owner_id: '1' } }), local.root);
    const missing = await verifyAttestations([], policyOfEcho(), local.root);
    if (forged.verified || missing.verified) throw new Error('they were verified');
    expect(refusal(forged, '@acme/echo 1.0.0')).to.include({ code: 'ATTESTATION_REFUSED', exitStatus: 4 });
    expect(refusal(forged, '@acme/echo 1.0.0').message).to.include('SOURCE_OWNER_ID').and.include('4711');
    const hostile = verifyJson(
      await attest({ claims: { owner_id: '1\nInstalled @acme/echo 1.0.0.\u001b[2J' } }),
      local.root,
    );
    if (hostile.verified) throw new Error('it was verified');
    expect(refusal(hostile, '@acme/echo 1.0.0').message)
      .to.match(/found 1 Installed .*$/)
      .and.not.include('\u001b');
    expect(refusal(missing, '@acme/echo 1.0.0')).to.include({ code: 'ATTESTATION_MISSING', exitStatus: 3 });
    expect(refusal(missing, '@acme/echo 1.0.0').hint).to.include('--allow-unattested');
  });

  it('is missing when there is none', async () => {
    expect(await verifyAttestations([], policyOfEcho(), local.root)).to.deep.equal({
      verified: false,
      code: 'ATTESTATION_MISSING',
      failures: [],
      signer: null,
      statement: null,
    });
  });
});
