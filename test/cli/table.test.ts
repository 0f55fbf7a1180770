import { expect } from 'chai';
import stringWidth from 'string-width';
import type { Screen } from '../../src/cli/screen.ts';
import { tableLines } from '../../src/cli/table.ts';

const screen = (columns: number, isTTY = true): Screen => ({
  isTTY,
  columns,
  style: (format, text) => `<${format}>${text}</>`,
});
const HEADER = ['NAME', 'VERSION', 'STATE'];
const ROWS = [
  ['@acme/echo', '1.0.0', '-'],
  ['@acme/a-much-longer-name', '10.20.30', 'revoked'],
];

describe('a table', () => {
  it('is aligned under its header on a terminal', () => {
    expect(tableLines(HEADER, ROWS, screen(80))).to.deep.equal([
      '<dim>NAME                      VERSION   STATE</>',
      '@acme/echo                1.0.0     -',
      '@acme/a-much-longer-name  10.20.30  revoked',
    ]);
  });

  it('is tab-separated, whole and without a header in a pipe', () => {
    const lines = tableLines(HEADER, ROWS, screen(20, false));
    expect(lines).to.deep.equal(ROWS.map((row) => row.join('\t')));
  });

  it('is nothing without rows', () => {
    for (const isTTY of [true, false]) expect(tableLines(HEADER, [], screen(80, isTTY))).to.deep.equal([]);
  });

  it('lets its first column give way, down to 12', () => {
    expect(tableLines(HEADER, ROWS, screen(40))[2]).to.equal('@acme/a-much-longer-…  10.20.30  revoked');
    for (const line of tableLines(HEADER, ROWS, screen(40)).slice(1))
      expect(stringWidth(line)).to.be.at.most(40);
    expect(tableLines(HEADER, ROWS, screen(1))[2]).to.equal('@acme/a-muc…  10.20.30  revoked');
  });

  it('aligns by columns of the terminal, not by characters', () => {
    const lines = tableLines(
      ['N', 'V'],
      [
        ['你好', '1'],
        ['ab', '2'],
      ],
      screen(80),
    );
    expect(lines.slice(1)).to.deep.equal(['你好  1', 'ab    2']);
  });
});
