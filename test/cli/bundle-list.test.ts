import { expect } from 'chai';
import { bundleLines } from '../../src/cli/bundle-list.ts';
import { originText } from '../../src/cli/merged-indexes.ts';
import type { Screen } from '../../src/cli/screen.ts';
import type { Bundle } from '../../src/lib/index/bundle-types.ts';

const screen = (columns: number): Screen => ({ isTTY: true, columns, style: (_, text) => text });

const BUNDLE: Bundle = {
  name: '@acme/echo',
  display_name: null,
  description: 'Says what it is told, again and again, to whoever asks for it',
  author: null,
  latest_version: '1.0.0',
  icon: null,
  server_type: 'node',
  tools: [],
  downloads: 0,
  published_at: '2026-01-01T00:00:00.000Z',
  verified: false,
  provenance: null,
  certification_level: null,
};

describe('search results of several registries', () => {
  const origins = ['acme (OTHER CONTENT in public)'];

  it('have a column for where they are from, which gives no other column its place on a narrow terminal', () => {
    for (const columns of [60, 80, 120]) {
      const [header = '', row = ''] = bundleLines([BUNDLE], screen(columns), { origins });
      expect(header, String(columns)).to.match(/NAME .*REGISTRY$/);
      expect(row)
        .to.include('@acme/echo')
        .and.match(/acme \(OTHER CONTENT/);
      for (const line of [header, row]) expect(line.length).to.be.at.most(columns);
    }
    const narrow = bundleLines([BUNDLE], screen(40), { origins });
    expect(narrow[0]).to.match(/^NAME +VERSION$/);
  });

  it('have it last in a pipe, and not at all with one registry', () => {
    const pipe: Screen = { isTTY: false, columns: 80, style: (_, text) => text };
    expect(bundleLines([BUNDLE], pipe, { origins })[0]?.split('\t')[5]).to.equal(origins[0]);
    expect(bundleLines([BUNDLE], pipe)[0]?.split('\t')).to.have.length(5);
    expect(bundleLines([BUNDLE], screen(120))[0]).to.not.include('REGISTRY');
  });

  it('say whether the name is another elsewhere', () => {
    const text = (content: 'same' | 'other' | 'unknown') =>
      originText({ ...BUNDLE, registry: 'acme', also_in: [{ registry: 'public', content }] });
    expect(text('same')).to.equal('acme (also in public)');
    expect(text('other')).to.equal('acme (OTHER CONTENT in public)');
    expect(text('unknown')).to.equal('acme (perhaps another in public)');
    expect(originText({ ...BUNDLE, registry: 'acme', also_in: [] })).to.equal('acme');
  });
});
