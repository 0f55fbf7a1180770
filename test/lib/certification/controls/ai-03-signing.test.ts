import { expect } from 'chai';
import { scanFolder } from '../../../../src/lib/certification/scan.ts';
import { bundleOf, bundleWithManifest, resultOf } from '../../../support/certified-bundle.ts';
import { provenanceOf } from '../../../support/provenance-of.ts';
import { serverManifest, writeFiles } from '../../../support/server-project.ts';
import { temporaryFolder } from '../../../support/temporary.ts';

describe('AI-03, the signature', () => {
  const folder = temporaryFolder();
  const bytes = bundleOf();

  it('passes an attestation of this bundle by the owner of its scope, in whatever case', async () => {
    const { status, findings } = await resultOf(bytes, 'AI-03', { attestation: provenanceOf(bytes) });
    expect({ status, findings }).to.deep.equal({ status: 'pass', findings: [] });
  });

  it('fails when none can be verified', async () => {
    const { status, findings } = await resultOf(bytes, 'AI-03', { attestation: null });
    expect(status).to.equal('fail');
    expect(findings[0]?.title).to.equal('No attestation of the bundle can be verified');
  });

  it('fails the attestation of another bundle', async () => {
    const attestation = provenanceOf(bundleWithManifest({ version: '1.0.1' }));
    const { status, findings } = await resultOf(bytes, 'AI-03', { attestation });
    expect(status).to.equal('fail');
    expect(findings[0]?.title).to.equal('The attestation is about another file');
  });

  for (const sourceRepository of [
    'https://github.com/mallory/echo',
    'https://github.com/acme-/echo',
    'https://github.com/mallory/acme',
    'https://acme/mallory/echo',
  ]) {
    it(`fails one that was signed for ${sourceRepository}`, async () => {
      const attestation = provenanceOf(bytes, { sourceRepository });
      const { status, findings } = await resultOf(bytes, 'AI-03', { attestation });
      expect(status).to.equal('fail');
      expect(findings[0]?.title).to.contain('who does not own @acme');
    });
  }

  for (const sourceRepository of [null, 'https://github.com/acme', 'acme/echo', '']) {
    it(`fails one whose certificate has ${JSON.stringify(sourceRepository)} for its source`, async () => {
      const attestation = provenanceOf(bytes, { sourceRepository });
      expect((await resultOf(bytes, 'AI-03', { attestation })).status).to.equal('fail');
    });
  }

  it('is skipped when nobody looked for one', async () => {
    const { status, reason, allows } = await resultOf(bytes, 'AI-03');
    expect({ status, allows }).to.deep.equal({ status: 'skip', allows: 2 });
    expect(reason).to.contain('No attestation');
  });

  it('is skipped for a folder, whatever attestation there is', async () => {
    writeFiles(folder(), { 'manifest.json': JSON.stringify(serverManifest()), 'server/index.js': '' });
    const context = { attestation: provenanceOf(bytes) };
    const report = await scanFolder(folder(), {
      scanner: { name: 'mpak', version: '0.0.0' },
      at: new Date(0),
      context,
    });
    const of = (id: string) => report.controls.find((each) => each.id === id);
    expect(of('AI-03')?.status).to.equal('skip');
    expect(of('PR-03')?.status).to.equal('skip');
  });
});
