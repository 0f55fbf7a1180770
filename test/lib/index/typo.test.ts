import { expect } from 'chai';
import fc from 'fast-check';
import { closest, editDistance } from '../../../src/lib/index/typo.ts';

describe('the distance of two words', () => {
  const cases: [string, string, number][] = [
    ['same', 'same', 0],
    ['serch', 'search', 1],
    ['searrch', 'search', 1],
    ['saarch', 'search', 1],
    ['esarch', 'search', 1],
    ['', 'ab', 2],
    ['kitten', 'sitting', 3],
  ];
  for (const [from, to, distance] of cases) {
    it(`is ${distance} from "${from}" to "${to}"`, () => expect(editDistance(from, to)).to.equal(distance));
  }

  it('edits no stretch twice', () => expect(editDistance('ca', 'abc')).to.equal(3));

  it('counts characters, not their halves', () => expect(editDistance('𝒳', '𝒴')).to.equal(1));

  it('is infinite beyond the limit', () => {
    expect(editDistance('kitten', 'sitting', 2)).to.equal(Number.POSITIVE_INFINITY);
    expect(editDistance('kitten', 'sitting', 3)).to.equal(3);
  });

  it('is the same in both directions, and zero only for equal words', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).to.equal(distance);
        expect(distance === 0).to.equal(a === b);
        expect(distance).to.be.at.most(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('the closest candidate', () => {
  it('is the one that was probably meant', () => {
    expect(closest('serch', ['show', 'search', 'sync'])).to.equal('search');
    expect(closest('rnu', ['rum', 'run'])).to.equal('run');
  });

  it('is none when all are far away', () => {
    expect(closest('publish', ['show', 'search', 'sync'])).to.equal(undefined);
    expect(closest('x', [])).to.equal(undefined);
  });
});
