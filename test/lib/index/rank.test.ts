import { expect } from 'chai';
import { compareIndexes } from '../../../src/lib/index/compare.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { appendAll, indexOf, publish, revoke, rowsOf } from './log-entries.ts';

function sample() {
  const db = indexOf(
    ...['@d/four', '@b/two', '@c/three', '@a/one', '@e/gone'].map((name) =>
      publish(name, '1.0.0', {
        manifest: { description: `number ${name}`, tools: [{ name: 'readFile', description: 'reads' }] },
      }),
    ),
    revoke('@e/gone', '*'),
  );
  db.exec(`UPDATE packages SET downloads = 5 WHERE name IN ('@c/three', '@e/gone')`);
  return db;
}

const ranked = (db: ReturnType<typeof sample>) =>
  rowsOf(db, 'SELECT name FROM packages ORDER BY rank').map((row) => row.name);

describe('ranking anew', () => {
  it('is by downloads, then by name', () => {
    const db = sample();
    expect(db.transaction(() => rerank(db))()).to.equal(true);
    expect(ranked(db)).to.deep.equal(['@c/three', '@e/gone', '@a/one', '@b/two', '@d/four']);
    expect(rowsOf(db, 'SELECT min(rank) AS first, max(rank) AS last FROM packages')).to.deep.equal([
      { first: 1, last: 5 },
    ]);
  });

  it('changes nothing that the log says: words, frequencies and rows are the same', () => {
    const db = sample();
    db.transaction(() => rerank(db))();
    expect(compareIndexes(db, sample())).to.deep.equal(compareIndexes(sample(), sample()));
  });

  it('finds the same packages as before, in the new order', () => {
    const db = sample();
    const find = (q: string) =>
      searchBundles(db, { q, limit: 20, offset: 0 }).bundles.map((bundle) => bundle.name);
    const before = ['number', 'file', 'three', 'gone', 'a'].map(find);
    db.transaction(() => rerank(db))();
    const after = ['number', 'file', 'three', 'gone', 'a'].map(find);
    expect(after.map((names) => [...names].sort())).to.deep.equal(before.map((names) => [...names].sort()));
    expect(find('number ')).to.deep.equal(['@c/three', '@a/one', '@b/two', '@d/four']);
  });

  it('is what the log says where nothing is left to be found', () => {
    const entries = ['@b/two', '@a/one'].flatMap((name) => [publish(name, '1.0.0'), revoke(name, '*')]);
    const db = indexOf(...entries);
    expect(db.transaction(() => rerank(db))()).to.equal(true);
    expect(compareIndexes(db, indexOf(...entries))).to.deep.equal([]);
  });

  it('does nothing when all have the rank that they should have', () => {
    const db = sample();
    db.transaction(() => rerank(db))();
    expect(db.transaction(() => rerank(db))()).to.equal(false);
  });

  it('leaves room behind all others for what comes later', () => {
    const db = sample();
    db.transaction(() => rerank(db))();
    appendAll(db, [publish('@a/new', '1.0.0'), publish('@c/three', '1.1.0'), revoke('@a/one', '*')]);
    expect(ranked(db).at(-1)).to.equal('@a/new');
    expect(searchBundles(db, { q: 'one', limit: 20, offset: 0 }).total).to.equal(0);
    expect(db.transaction(() => rerank(db))()).to.equal(true);
    expect(searchBundles(db, { q: 'three', limit: 20, offset: 0 }).total).to.equal(1);
  });

  it('takes part in the transaction of its caller', () => {
    const db = sample();
    expect(() => rerank(db)).to.throw('transaction');
  });
});
