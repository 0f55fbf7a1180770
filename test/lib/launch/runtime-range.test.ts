import { expect } from 'chai';
import fc from 'fast-check';
import semver from 'semver';
import { inRange } from '../../../src/lib/launch/runtime-range.ts';

describe('the range of an interpreter', () => {
  it('is what semver says', async () => {
    const number = fc.integer({ min: 0, max: 20 });
    const part = fc.constantFrom('', '.0', '.3', '.3.0', '.3.9');
    const operator = fc.constantFrom('>=', '>= ', '>', '<', '^', '~', '=', '');
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(number, number, number),
        operator,
        number,
        part,
        async (numbers, sign, major, rest) => {
          const version = numbers.join('.');
          const range = `${sign}${major}${rest}`;
          expect(await inRange(version, range), `${version} ${range}`).to.equal(
            semver.satisfies(version, range),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('may be as Python writes it', async () => {
    const cases: [string, string, boolean][] = [
      ['3.11.7', '>=3.8,<4.0', true],
      ['4.0.1', '>=3.8,<4.0', false],
      ['3.7.0', '>=3.8, <4', false],
      ['3.11.7', '==3.11.*', true],
      ['3.12.0', '==3.11.*', false],
      ['3.12.1', '~=3.10', true],
      ['3.9.1', '~=3.10', false],
      ['3.10.9', '~=3.10.2', true],
      ['3.11.0', '~=3.10.2', false],
    ];
    for (const [version, range, expected] of cases) {
      expect(await inRange(version, range), `${version} ${range}`).to.equal(expected);
    }
  });

  it('takes a version before its release for the release', async () => {
    expect(await inRange('3.14.0rc2', '>=3.14')).to.equal(true);
    expect(await inRange('27.0.0-nightly2026', '^27')).to.equal(true);
    expect(await inRange('3.12', '>=3.12')).to.equal(true);
  });

  it('that cannot be read keeps nothing from being tried', async () => {
    expect(await inRange('3.11.7', 'recent')).to.equal(true);
    expect(await inRange('recent', '>=3')).to.equal(true);
  });
});
