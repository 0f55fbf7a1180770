import { expect } from 'chai';
import { bundleLines } from '../../src/cli/bundle-list.ts';
import { age, bytes, pad, plural, truncate } from '../../src/cli/format.ts';
import type { Bundle } from '../../src/lib/index/bundle-types.ts';

describe('formatting', () => {
  it('says ages in the largest whole unit', () => {
    expect([59_999, 60_000, 3_600_000, 25 * 3_600_000, 3 * 86_400_000].map(age)).to.deep.equal([
      'less than a minute',
      '1 minute',
      '1 hour',
      '1 day',
      '3 days',
    ]);
  });

  it('says sizes in powers of 1000', () => {
    expect([999, 1000, 1_234_567, 2e9].map(bytes)).to.deep.equal(['999 B', '1.0 kB', '1.2 MB', '2.0 GB']);
  });

  it('counts in singular and plural', () => {
    expect([
      plural(1, 'entry', 'entries'),
      plural(1234, 'entry', 'entries'),
      plural(0, 'package'),
    ]).to.deep.equal(['1 entry', '1,234 entries', '0 packages']);
  });

  it('cuts and pads by columns of the terminal, not by characters', () => {
    expect(truncate('你好世界', 5)).to.equal('你好…');
    expect(truncate('abc', 3)).to.equal('abc');
    expect(pad('你', 4)).to.equal('你  ');
  });
});

describe('search results', () => {
  const bundle = (name: string, description: string): Bundle => ({
    name,
    display_name: null,
    description,
    author: null,
    latest_version: '1.0.0',
    icon: null,
    server_type: 'node',
    tools: [],
    downloads: 0,
    published_at: '2026-01-01T00:00:00.000Z',
    verified: false,
    provenance: null,
    certification_level: 2,
  });
  const terminal = (columns: number) => ({ isTTY: true, columns, style: (_: string, text: string) => text });
  const pipe = { ...terminal(80), isTTY: false };

  it('fit a terminal of any width', () => {
    const bundles = [
      bundle('@acme/a-name-that-goes-on-and-on-for-quite-a-while', 'x '.repeat(300)),
      bundle('@a/b', 'y'),
    ];
    for (const columns of [40, 60, 80, 120, 200]) {
      const lines = bundleLines(bundles, terminal(columns));
      expect(lines).to.have.length(3);
      for (const line of lines) expect(line.length, `${columns} columns: ${line}`).to.be.at.most(columns);
    }
  });

  it('are whole and tab-separated in a pipe, one line each, whatever a description holds', () => {
    const lines = bundleLines([bundle('@a/b', 'one\ttwo\nthree\u001b[31m')], pipe);
    expect(lines).to.deep.equal(['@a/b\t1.0.0\tnode\tL2\tone two three[31m']);
  });

  it('mark what was searched for, where it begins a word of the name or of the description', () => {
    const marking = {
      ...terminal(80),
      style: (format: string, text: string) => (format === 'underline' ? `<${text}>` : text),
    };
    const found = [bundle('@node/postgres-node', 'Node for Postgres: post|gres, not compost')];
    const [, line = ''] = bundleLines(found, marking, { query: 'POST node (' });
    expect(line).to.match(
      /^@<node>\/<post>gres-<node> +1\.0\.0 +node +L2 +<Node> for <Post>gres: <post>\|gres, not/,
    );
    expect(line.replace(/[<>]/g, '')).to.equal(bundleLines(found, terminal(80))[1]);
    expect(bundleLines(found, { ...marking, isTTY: false }, { query: 'post' })[0]).to.not.include('<');
    expect(bundleLines(found, marking, { query: '' })[1]).to.not.include('<');
  });

  it('are nothing when there are none', () => {
    expect(bundleLines([], terminal(80))).to.deep.equal([]);
    expect(bundleLines([], pipe)).to.deep.equal([]);
  });
});
