import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { EXIT_STATUS } from '../../src/lib/errors.ts';

describe('docs/exit-codes.md', () => {
  it('lists every error code with its status, and no other', () => {
    const text = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| (\d+) +\| `([A-Z_]+)` +\|/gm)].map(([, status, code]) => [
      code,
      Number(status),
    ]);
    // INTERNAL is what an error without a code is reported as.
    expect(Object.fromEntries(rows)).to.deep.equal({ ...EXIT_STATUS, INTERNAL: 1 });
  });
});
