import { expect } from 'chai';
import { bundleOf, resultOf } from '../../../support/certified-bundle.ts';
import { bundleDeclaring, COMMIT, provenanceOf } from '../../../support/provenance-of.ts';

describe('PR-04, the commit', () => {
  const linked = bundleDeclaring({ source: { commit: COMMIT } });

  it('passes the commit of the attestation', async () => {
    const result = await resultOf(linked, 'PR-04', { attestation: provenanceOf(linked) });
    expect({ status: result.status, allows: result.allows }).to.deep.equal({ status: 'pass', allows: 4 });
  });

  it('fails another commit than that of the attestation', async () => {
    const attestation = provenanceOf(linked, { sourceCommit: 'd'.repeat(40) });
    const result = await resultOf(linked, 'PR-04', { attestation });
    expect({ status: result.status, allows: result.allows }).to.deep.equal({ status: 'fail', allows: 3 });
    expect(result.findings[0]?.file).to.equal('manifest.json');
  });

  it('fails an attestation of another bundle', async () => {
    const attestation = provenanceOf(bundleOf());
    expect((await resultOf(linked, 'PR-04', { attestation })).status).to.equal('fail');
  });

  for (const commit of ['main', 'c'.repeat(39), 'C'.repeat(40), `${COMMIT}\n`, 7, null, [COMMIT]]) {
    it(`fails ${JSON.stringify(commit)} in the manifest`, async () => {
      const bytes = bundleDeclaring({ source: { commit } });
      expect((await resultOf(bytes, 'PR-04', { attestation: provenanceOf(bytes) })).status).to.equal('fail');
    });
  }

  it('is skipped when the manifest names no commit', async () => {
    for (const bytes of [
      bundleOf(),
      bundleDeclaring({ source: {} }),
      bundleDeclaring({ source: 'text' }),
      bundleOf({ 'manifest.json': null }),
    ]) {
      const { status, reason } = await resultOf(bytes, 'PR-04', { attestation: provenanceOf(bytes) });
      expect(status).to.equal('skip');
      expect(reason).to.contain('manifest');
    }
  });

  it('is skipped when no attestation names one', async () => {
    for (const attestation of [undefined, null, provenanceOf(linked, { sourceCommit: null })]) {
      const { status, reason } = await resultOf(linked, 'PR-04', { attestation });
      expect(status).to.equal('skip');
      expect(reason).to.contain('attestation');
    }
  });
});
