import { expect } from 'chai';
import { compareIndexes } from '../../../src/lib/index/compare.ts';
import { isPromotionDue, promote } from '../../../src/lib/index/promote.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { setDownloads } from '../../support/downloads.ts';
import { appendAll, indexOf, publish, revoke, rowsOf } from './log-entries.ts';

const NAMES = ['@d/four', '@b/two', '@c/three', '@a/one', '@e/gone', '@f/six', '@g/seven'];

const entries = () => [
  ...NAMES.map((name, index) =>
    publish(name, '1.0.0', {
      manifest: {
        description: `number ${name}`,
        server: { type: index % 2 === 0 ? 'node' : 'python' },
        tools: [{ name: 'readFile', description: 'reads' }],
      },
    }),
  ),
  revoke('@e/gone', '*'),
];

function sample() {
  const db = indexOf(...entries());
  setDownloads(db, 5, "name = '@g/seven'");
  setDownloads(db, 3, "name IN ('@c/three', '@e/gone')");
  return db;
}

const ranked = (db: ReturnType<typeof sample>) =>
  rowsOf(db, 'SELECT name FROM packages ORDER BY rank').map((row) => row.name);

const promoteAll = (db: ReturnType<typeof sample>, first = 10) =>
  db.transaction(() => promote(db, first, 100))();

describe('bringing the most downloaded to the front', () => {
  it('puts them in their places, and the others where those were', () => {
    const db = sample();
    promoteAll(db);
    expect(ranked(db).slice(0, 3)).to.deep.equal(['@g/seven', '@c/three', '@e/gone']);
    expect([...ranked(db)].sort()).to.deep.equal([...NAMES].sort());
    expect(rowsOf(db, 'SELECT min(rank) AS first, max(rank) AS last FROM packages')).to.deep.equal([
      { first: 1, last: NAMES.length },
    ]);
  });

  it('changes nothing that the log says', () => {
    const db = sample();
    promoteAll(db);
    expect(compareIndexes(db, indexOf(...entries()))).to.deep.equal([]);
    appendAll(db, [publish('@c/three', '1.1.0'), revoke('@g/seven', '*')]);
    const replayed = indexOf(...entries(), publish('@c/three', '1.1.0'), revoke('@g/seven', '*'));
    const differences = compareIndexes(db, replayed).filter((line) => !line.startsWith('meta'));
    expect(differences).to.deep.equal([]);
  });

  it('finds the same packages as before, the most downloaded first', () => {
    const db = sample();
    const find = (q: string) =>
      searchBundles(db, { q, limit: 20, offset: 0 }).bundles.map((bundle) => bundle.name);
    const words = ['number', 'file', 'three', 'gone', 'a'];
    const before = words.map(find);
    promoteAll(db);
    const after = words.map(find);
    expect(after.map((names) => [...names].sort())).to.deep.equal(before.map((names) => [...names].sort()));
    expect(find('number').slice(0, 2)).to.deep.equal(['@g/seven', '@c/three']);
  });

  it('moves no more at once than it is told, and says when it is done', () => {
    const db = sample();
    let steps = 0;
    while (isPromotionDue(db, 10)) {
      db.transaction(() => promote(db, 10, 1))();
      steps += 1;
    }
    expect(steps).to.equal(3);
    expect(ranked(db)[0]).to.equal('@g/seven');
  });

  it('leaves alone what nobody has downloaded, and what is ranked throughout', () => {
    expect(isPromotionDue(indexOf(...entries()), 10)).to.equal(false);
    const db = sample();
    db.transaction(() => rerank(db))();
    expect(isPromotionDue(db, 10)).to.equal(false);
  });

  it('runs in a transaction of its caller', () => {
    expect(() => promote(sample(), 1, 1)).to.throw('transaction');
  });
});
