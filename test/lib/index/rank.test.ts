import { expect } from 'chai';
import { compareIndexes } from '../../../src/lib/index/compare.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { setDownloads } from '../../support/downloads.ts';
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
  setDownloads(db, 5, "name IN ('@c/three', '@e/gone')");
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

  it('puts the words of what comes later together, and leaves those before where they are', () => {
    const db = sample();
    db.transaction(() => rerank(db))();
    const settled = 'SELECT * FROM postings WHERE recent = 0';
    const before = rowsOf(db, settled);
    appendAll(db, [publish('@a/new', '1.0.0', { manifest: { description: 'number of the new' } })]);
    expect(rowsOf(db, settled)).to.deep.equal(before);
    expect(rowsOf(db, "SELECT recent, first FROM postings WHERE term = 'number'")).to.deep.equal([
      { recent: 0, first: 1 },
      { recent: 1, first: 6 },
    ]);
    expect(rowsOf(db, 'SELECT name FROM packages WHERE recent = 1')).to.deep.equal([{ name: '@a/new' }]);
    db.transaction(() => rerank(db))();
    expect(rowsOf(db, 'SELECT * FROM postings WHERE recent = 1')).to.deep.equal([]);
    expect(rowsOf(db, 'SELECT name FROM packages WHERE recent = 1')).to.deep.equal([]);
  });

  it('changes the words of packages on either side of what is recent', () => {
    const later = [
      publish('@a/new', '1.0.0', { manifest: { description: 'fresh number' } }),
      publish('@c/three', '1.1.0', { manifest: { description: 'fresh' } }),
      publish('@a/new', '1.1.0', { manifest: { description: 'changed' } }),
      publish('@b/late', '1.0.0', { manifest: { description: 'number' } }),
      revoke('@b/two', '*'),
      revoke('@b/late', '*'),
    ];
    const db = sample();
    db.transaction(() => rerank(db))();
    appendAll(db, later.slice(0, 2));
    appendAll(db, later.slice(2));
    const plain = sample();
    appendAll(plain, later);
    expect(compareIndexes(db, plain)).to.deep.equal([]);
    const find = (q: string) =>
      searchBundles(db, { q, limit: 20, offset: 0 }).bundles.map((bundle) => bundle.name);
    expect(find('fresh ')).to.deep.equal(['@c/three']);
    expect(find('changed ')).to.deep.equal(['@a/new']);
    expect(find('number ')).to.deep.equal(['@a/one', '@d/four']);
    expect(find('fresn')).to.deep.equal(['@c/three']);
  });

  it('lists what is recent among the others, in each order', () => {
    const db = sample();
    db.transaction(() => rerank(db))();
    appendAll(db, [
      publish('@b/late', '1.0.0', { at: '2099-01-01T00:00:00.000Z' }),
      publish('@z/later', '1.0.0', { at: '2001-01-01T00:00:00.000Z' }),
    ]);
    setDownloads(db, 2, "name = '@z/later'");
    const pages = (sort: 'downloads' | 'recent' | 'name', q?: string) =>
      [0, 3].flatMap((offset) =>
        searchBundles(db, { ...(q !== undefined && { q }), sort, limit: 3, offset }).bundles.map(
          (bundle) => bundle.name,
        ),
      );
    const ordered = (order: string) =>
      rowsOf(db, `SELECT name FROM packages WHERE latest_id IS NOT NULL ORDER BY ${order}`).map(
        (row) => row.name,
      );
    const orders = {
      downloads: 'downloads DESC, name',
      recent: 'published_at DESC, name',
      name: 'name',
    } as const;
    for (const [sort, order] of Object.entries(orders)) {
      expect(pages(sort as keyof typeof orders), sort).to.deep.equal(ordered(order));
      expect(ordered(order)).to.have.length(6);
    }
  });

  it('takes part in the transaction of its caller', () => {
    const db = sample();
    expect(() => rerank(db)).to.throw('transaction');
  });
});
