import { expect } from 'chai';
import {
  firstFixed,
  inRanges,
  isListed,
  type Range,
} from '../../../src/lib/vulnerabilities/affected-range.ts';

const npm = (version: string, ...ranges: Range[]) => inRanges('npm', version, ranges);
const pypi = (version: string, ...ranges: Range[]) => inRanges('pypi', version, ranges);

describe('a range of OSV', () => {
  const fixed: Range = [
    ['introduced', '1.0.0'],
    ['fixed', '1.2.0'],
  ];

  it('holds what is introduced and not fixed', () => {
    expect(npm('0.9.9', fixed)).to.equal(false);
    expect(npm('1.0.0', fixed)).to.equal(true);
    expect(npm('1.2.0-rc.1', fixed)).to.equal(true);
    expect(npm('1.2.0', fixed)).to.equal(false);
    expect(npm('1.10.0', fixed)).to.equal(false);
    expect(npm('1.0.0-rc.1', fixed)).to.equal(false);
  });

  it('begins at the first version with 0, and may never end', () => {
    expect(npm('0.0.1-alpha', [['introduced', '0']])).to.equal(true);
    expect(pypi('0.dev0', [['introduced', '0']])).to.equal(true);
  });

  it('ends after what is affected last', () => {
    const last: Range = [
      ['introduced', '1.0.0'],
      ['last_affected', '1.2.0'],
    ];
    expect(npm('1.2.0', last)).to.equal(true);
    expect(npm('1.2.1', last)).to.equal(false);
    const single: Range = [
      ['introduced', '1.0.0'],
      ['last_affected', '1.0.0'],
    ];
    expect([npm('1.0.0', single), npm('1.0.1', single)]).to.deep.equal([true, false]);
  });

  it('may come again, in whatever order it is told', () => {
    const again: Range = [
      ['fixed', '2.1.0'],
      ['introduced', '2.0.0'],
      ['fixed', '1.2.0'],
      ['introduced', '0'],
    ];
    expect(['1.0.0', '1.2.0', '2.0.0', '2.1.0'].map((each) => npm(each, again))).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
  });

  it('is bounded by its limit', () => {
    const limited: Range = [
      ['introduced', '0'],
      ['limit', '2.0.0'],
    ];
    expect([npm('1.9.9', limited), npm('2.0.0', limited)]).to.deep.equal([true, false]);
    expect(
      npm('2.0.0', [
        ['introduced', '0'],
        ['limit', '*'],
      ]),
    ).to.equal(true);
  });

  it('orders versions of Python by PEP 440', () => {
    const range: Range = [
      ['introduced', '1.0'],
      ['fixed', '1.0.post1'],
    ];
    expect(
      ['1.0rc1', '1.0.0', '1.0+local', '1.0.post1', '1!0.1'].map((each) => pypi(each, range)),
    ).to.deep.equal([false, true, true, false, false]);
  });

  it('reaches as far as it could where it cannot be compared', () => {
    expect(
      npm('1.0.0', [
        ['introduced', 'soon'],
        ['fixed', 'later'],
      ]),
    ).to.equal(true);
    expect(
      npm('1.0.0', [
        ['introduced', '0'],
        ['fixed', 'later'],
      ]),
    ).to.equal(true);
    expect(npm('1.0.0', [['fixed', '2.0.0']])).to.equal(false);
  });

  it('lists versions in any spelling', () => {
    expect(isListed('pypi', '1.0.0', ['0.9', '1.0', 'x'])).to.equal(true);
    expect(isListed('pypi', '1.0.1', ['0.9', '1.0', 'x'])).to.equal(false);
    expect(isListed('npm', '1.0.0', ['1.0.0'])).to.equal(true);
  });

  it('tells the first version that is fixed', () => {
    const ranges: Range[] = [[['fixed', '2.1.0']], [['fixed', '1.10.0']], [['fixed', '1.2.0']]];
    expect(firstFixed('npm', '1.3.0', ranges)).to.equal('1.10.0');
    expect(firstFixed('npm', '3.0.0', ranges)).to.equal(null);
  });
});
