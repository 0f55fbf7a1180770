import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { REQUIREMENTS } from '../../src/lib/provenance/requirement.ts';

describe('docs/provenance.md', () => {
  it('lists every requirement with its code, in order, and no other', () => {
    const text = readFileSync(new URL('../../docs/provenance.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| `([A-Z_]+)` +\|/gm)].map(([, name, code]) => [
      name,
      code,
    ]);
    expect(rows).to.deep.equal(Object.entries(REQUIREMENTS).map(([name, { code }]) => [name, code]));
  });
});
