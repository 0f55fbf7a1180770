import { expect } from 'chai';
import fc from 'fast-check';
import { MpakError } from '../../../src/lib/errors.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { PostingsWriter } from '../../../src/lib/index/postings-writer.ts';
import { readWordFilter, WordFilterWriter } from '../../../src/lib/index/word-filter.ts';
import { hashedPart, joined, mixed, NO_PART } from '../../../src/lib/index/word-hash.ts';

const wordsFrom = (start: number, count: number) =>
  Array.from({ length: count }, (_, i) => `w${((start + i) * 2_654_435_761).toString(36)}`);

/** In the posting lists and in the filter, as a package that has them puts them there. */
function add(db: ReturnType<typeof openMemoryIndex>, words: readonly string[]): void {
  const postings = new PostingsWriter(db);
  for (const word of words) postings.change(word, new Map([[1, 0]]));
  new WordFilterWriter(db).add(words);
}

const blocks = (db: ReturnType<typeof openMemoryIndex>) =>
  db.prepare('SELECT count(*) FROM word_filter').pluck().get();

const holds = (db: ReturnType<typeof openMemoryIndex>) => {
  const mayBeThere = readWordFilter(db);
  return (word: string) => mayBeThere(hashedPart(word).hash);
};

describe('the hash of a word', () => {
  it('is that of its parts, wherever it is taken apart', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (parts) => {
        const whole = parts.map(hashedPart).reduce(joined, NO_PART);
        expect(whole).to.deep.equal(hashedPart(parts.join('')));
      }),
    );
  });

  it('is another one when letters change places', () => {
    for (const [one, other] of [
      ['server', 'sevrer'],
      ['ab', 'ba'],
      ['a', 'aa'],
    ] as const)
      expect(hashedPart(one).hash).not.to.equal(hashedPart(other).hash);
  });
});

describe('the filter of words', () => {
  it('holds no word of an empty index', () => {
    expect(holds(openMemoryIndex())('server')).to.equal(false);
  });

  it('never denies a word that was added, in whatever portions, and few others hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ minLength: 1 }).filter((word) => !word.startsWith('*'))), {
          maxLength: 6,
        }),
        (portions) => {
          const db = openMemoryIndex();
          for (const words of portions) add(db, words);
          const has = holds(db);
          for (const word of portions.flat()) expect(has(word), word).to.equal(true);
          db.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  it('grows with its words, and says of about one in a hundred others that it may be there', () => {
    const db = openMemoryIndex();
    const words = wordsFrom(0, 6_000);
    add(db, words.slice(0, 1_000));
    expect(blocks(db)).to.equal(2);
    for (let from = 1_000; from < words.length; from += 500) add(db, words.slice(from, from + 500));
    expect(blocks(db)).to.equal(8);
    const has = holds(db);
    for (const word of words) expect(has(word), word).to.equal(true);
    const others = wordsFrom(1_000_000, 20_000);
    const mistaken = others.filter(has).length / others.length;
    expect(mistaken).to.be.lessThan(0.02);
    db.close();
  });

  it('does not grow for words that somebody has found for one block, and only that block says too often that they may be there', () => {
    const db = openMemoryIndex();
    const inFirst = (word: string) => mixed(hashedPart(word).hash ^ 0x2545f491) < 2 ** 32 / 64;
    const found = wordsFrom(0, 200_000).filter(inFirst).slice(0, 2_400);
    expect(found).to.have.length(2_400);
    for (let from = 0; from < found.length; from += 200) add(db, found.slice(from, from + 200));
    expect(blocks(db)).to.equal(2);
    const has = holds(db);
    for (const word of found) expect(has(word), word).to.equal(true);
    const others = wordsFrom(1_000_000, 20_000).filter(has).length / 20_000;
    expect(others).to.be.within(0.01, 0.25);
    db.close();
  });

  it('is made smaller again when most of its words are gone', () => {
    const db = openMemoryIndex();
    const words = wordsFrom(0, 4_000);
    add(db, words);
    expect(blocks(db)).to.equal(8);
    db.exec('DELETE FROM postings');
    for (let from = 4_000; from < 12_000; from += 1_000) add(db, wordsFrom(from, 1_000));
    expect(blocks(db)).to.be.at.most(16);
    db.exec('DELETE FROM postings; UPDATE word_filter SET words = 1200');
    add(db, ['mail']);
    expect(blocks(db)).to.equal(1);
    expect(holds(db)('mail')).to.equal(true);
    db.close();
  });

  it('is made anew where somebody else left it damaged, and refused where it is read', () => {
    for (const damage of [
      'UPDATE word_filter SET block = 7',
      "UPDATE word_filter SET bits = x'00'",
      'UPDATE word_filter SET block = 1 << 40',
      'UPDATE word_filter SET bits = zeroblob(100000000)',
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
       INSERT INTO word_filter SELECT i, 5000, zeroblob(2000) FROM n`,
    ]) {
      const db = openMemoryIndex();
      add(db, ['mail', 'postgres']);
      db.exec(damage);
      expect(() => readWordFilter(db), damage).to.throw(MpakError, 'damaged');
      add(db, ['weather']);
      const has = holds(db);
      expect(['mail', 'postgres', 'weather'].every(has), damage).to.equal(true);
      db.close();
    }
  });
});
