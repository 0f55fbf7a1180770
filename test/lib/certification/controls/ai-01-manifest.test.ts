import { expect } from 'chai';
import {
  bundleOf,
  bundleWithManifest,
  certifiedManifest,
  resultOf,
  scanOf,
} from '../../../support/certified-bundle.ts';

async function judge(bytes: Uint8Array) {
  const { status, allows, findings } = await resultOf(bytes, 'AI-01');
  return { status, allows, titles: findings.map(({ title }) => title) };
}

describe('AI-01, the manifest', () => {
  it('passes the baseline for every level', async () => {
    expect(await judge(bundleOf())).to.deep.equal({ status: 'pass', allows: 4, titles: [] });
  });

  const failing: [string, Buffer, RegExp][] = [
    ['no manifest', bundleOf({ 'manifest.json': null }), /is missing/],
    ['a manifest that is no JSON', bundleOf({ 'manifest.json': '{' }), /not JSON/],
    ['a manifest that is a list', bundleOf({ 'manifest.json': '[]' }), /no object/],
    ['a manifest of an unknown version', bundleWithManifest({ manifest_version: '9' }), /version "9"/],
    ['a manifest without a description', bundleWithManifest({ description: undefined }), /description/],
    ['a version that is none', bundleWithManifest({ version: '1.0' }), /semantic version/],
    ['no list of tools', bundleWithManifest({ tools: undefined }), /not listed/],
  ];
  for (const [what, bytes, title] of failing) {
    it(`fails ${what}`, async () => {
      const { status, allows, titles } = await judge(bytes);
      expect(status).to.equal('fail');
      expect(allows).to.equal(0);
      expect(titles.join('\n')).to.match(title);
    });
  }

  it('fails by itself alone', async () => {
    const [before, after] = await Promise.all([
      scanOf(bundleOf()),
      scanOf(bundleWithManifest({ version: '1.0' })),
    ]);
    const changed = after.controls.filter(({ status }, index) => status !== before.controls[index]?.status);
    expect(changed.map(({ id }) => id)).to.deep.equal(['AI-01']);
  });

  const standard: [string, Record<string, unknown>, RegExp][] = [
    ['a name without a scope', { name: 'echo' }, /no scope/],
    ['an author without an address', { author: { name: 'Acme' } }, /e-mail/],
    ['no repository', { repository: undefined }, /no repository/],
  ];
  for (const [what, changes, title] of standard) {
    it(`passes ${what}, and holds it at the first level`, async () => {
      const { status, allows, titles } = await judge(bundleWithManifest(changes));
      expect({ status, allows }).to.deep.equal({ status: 'pass', allows: 1 });
      expect(titles.join('\n')).to.match(title);
    });
  }

  it('takes no key for what it stands for', async () => {
    const json = JSON.stringify(certifiedManifest({ version: undefined }));
    const hostile = json.replace(/^\{/, '{"__proto__":{"version":"1.0.0","polluted":true},"constructor":{},');
    const { status } = await judge(bundleOf({ 'manifest.json': hostile }));
    expect(status).to.equal('fail');
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });
});
