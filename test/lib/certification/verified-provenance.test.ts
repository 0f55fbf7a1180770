import { expect } from 'chai';
import { attestationOf } from '../../../src/lib/certification/verified-provenance.ts';
import { readDocuments } from '../../../src/lib/provenance/document.ts';
import { GITHUB_ISSUER } from '../../../src/lib/provenance/policy.ts';
import { bundleOf, scanOf } from '../../support/certified-bundle.ts';
import { bundleDeclaring, COMMIT, sha256Of } from '../../support/provenance-of.ts';
import type { AttestOptions, StatementJson } from '../../support/sigstore.ts';
import { localSigstore } from '../provenance/local.ts';

describe('what a scan is told of attestations', () => {
  const local = localSigstore();
  const bytes = bundleDeclaring({ source: { commit: COMMIT } });

  async function factsOf(documents: string, owner?: string) {
    const signer = owner === undefined ? [] : [{ owner }];
    const attestations = readDocuments(Buffer.from(documents)).map((document) => ({
      source: 'test',
      document,
    }));
    return attestationOf(
      attestations,
      { sha256: sha256Of(bytes), issuer: GITHUB_ISSUER, signer },
      local.root,
    );
  }

  async function attest(options: AttestOptions = {}, of: Uint8Array = bytes): Promise<string> {
    return JSON.stringify(await local.sigstore.attest({ sha256: sha256Of(of) }, options));
  }

  it('is what its certificate and its predicate say: AI-03, PR-03 and PR-04 pass', async () => {
    const attestation = await factsOf(await attest());
    expect(attestation).to.deep.equal({
      predicateType: 'https://slsa.dev/provenance/v1',
      subjectSha256: sha256Of(bytes),
      issuer: GITHUB_ISSUER,
      builder: 'https://github.com/Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0',
      sourceRepository: 'https://github.com/Acme/echo',
      sourceCommit: COMMIT,
      signerWorkflow: 'https://github.com/Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0',
      runner: 'github-hosted',
    });
    const { controls } = await scanOf(bytes, { attestation });
    const statuses = controls
      .filter(({ id }) => ['AI-03', 'PR-03', 'PR-04'].includes(id))
      .map(({ status }) => status);
    expect(statuses).to.deep.equal(['pass', 'pass', 'pass']);
  });

  it('is nothing when none is signed, or of this bundle, or by who must have signed it', async () => {
    const forged = JSON.parse(await attest());
    forged.dsseEnvelope.payload = Buffer.from('{}').toString('base64');
    expect(await factsOf(JSON.stringify(forged))).to.equal(null);
    expect(await factsOf(await attest({}, bundleOf()))).to.equal(null);
    expect(await factsOf(await attest({ withoutLogEntry: true }))).to.equal(null);
    expect(await factsOf(await attest({ claims: { issuer: 'https://issuer.example' } }))).to.equal(null);
    expect(await factsOf(await attest(), 'mallory')).to.equal(null);
    expect(await factsOf('no JSON')).to.equal(null);
    expect(await factsOf('[]')).to.equal(null);
  });

  it('is provenance when one of several is that, whatever comes before it', async () => {
    const other = (statement: StatementJson) => ({
      ...statement,
      predicateType: 'https://spdx.dev/Document/v2.3',
      predicate: {},
    });
    const sbom = await attest({ statement: other });
    expect((await factsOf(sbom))?.predicateType).to.equal('https://spdx.dev/Document/v2.3');
    const both = await factsOf(`{}\n${sbom}\n${await attest()}\n`, 'acme');
    expect(both?.predicateType).to.equal('https://slsa.dev/provenance/v1');
    const { controls } = await scanOf(bytes, { attestation: await factsOf(sbom) });
    expect(controls.find(({ id }) => id === 'AI-03')?.status).to.equal('pass');
    expect(controls.find(({ id }) => id === 'PR-03')?.status).to.equal('fail');
  });
});
