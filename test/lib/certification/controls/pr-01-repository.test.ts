import { expect } from 'chai';
import { bundleOf, bundleWithManifest, resultOf } from '../../../support/certified-bundle.ts';

describe('PR-01, the repository', () => {
  it('passes an https URL on a known host', async () => {
    expect((await resultOf(bundleOf(), 'PR-01')).status).to.equal('pass');
  });

  for (const url of [
    'http://github.com/acme/echo',
    'git@github.com:acme/echo.git',
    'https://github.com.example/acme/echo',
    'https://user:secret@github.com/acme/echo',
    'https://github.com:8443/acme/echo',
    'https://github.com/acme',
    'not a URL',
  ]) {
    it(`fails ${url}`, async () => {
      const result = await resultOf(bundleWithManifest({ repository: { type: 'git', url } }), 'PR-01');
      expect(result.status).to.equal('fail');
      expect(result.findings).to.have.length(1);
    });
  }

  it('fails a bundle without a manifest', async () => {
    expect((await resultOf(bundleOf({ 'manifest.json': null }), 'PR-01')).status).to.equal('fail');
  });
});
