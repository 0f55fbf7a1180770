import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { searchIndexes } from '../../../src/lib/index/merged-search.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { tokenize } from '../../../src/lib/index/tokens.ts';
import type { PublishEntry } from '../../../src/lib/log/entry.ts';
import { setDownloads } from '../../support/downloads.ts';
import { indexOf } from '../../support/index-of.ts';
import { readRecords, recordsToEntries } from '../../support/records.ts';
import { publish, revoke } from './log-entries.ts';

const RECORDS = new URL('../../fixtures/records.ndjson.gz', import.meta.url);

/** As a snapshot is: ranked by downloads, which follow from the name. */
function ranked(entries: readonly PublishEntry[]): Database.Database {
  const db = indexOf(...entries);
  setDownloads(db, '(length(name) * 7919 % 1000) * (unicode(substr(name, 6)) * 31 % 7)');
  db.transaction(() => rerank(db))();
  return db;
}

describe('a search of several indexes', () => {
  const entries = recordsToEntries(readRecords(RECORDS));
  /** Drawn from the records: names, begun and mistyped, words of descriptions, common and rare ones, and nonsense. */
  const queries = [
    ...['mcp', 'server', 'mcp server', 'a', 's', 'the model context protocol server for', 'zzqqx', ''],
    ...entries
      .filter((_, i) => i % 60 === 0)
      .flatMap(({ package: name, manifest }, i) => {
        const words = tokenize(String(manifest.description ?? ''));
        const base = name.slice(name.indexOf('/') + 1).replaceAll('-', ' ');
        const some = [base, base.slice(0, Math.ceil(base.length * 0.7)), words.slice(1, 4).join(' ')];
        const typo = base.replace(/^(..)(.)(.)/, '$1$3$2');
        return [some[i % 3] as string, typo, `${words[0] ?? 'x'} ${words.at(-1) ?? 'y'} nowhere`];
      }),
  ];
  let whole: Database.Database;
  before(() => {
    whole = ranked(entries);
  });
  after(() => whole.close());

  for (const [what, split] of [
    ['half in each', (i: number) => i % 2],
    ['a few in the first', (i: number) => (i % 50 === 0 ? 0 : 1)],
    ['three of them, and one that is empty', (i: number) => [0, 1, 3][(i * 7) % 3] as number],
  ] as const)
    it(`is that of one index of all their packages: ${what}`, () => {
      const count = Math.max(...entries.map((_, i) => split(i))) + 1;
      const indexes = Array.from({ length: count }, (_, at) => ({
        name: `r${at}`,
        db: ranked(entries.filter((_, i) => split(i) === at)),
      }));
      try {
        let found = 0;
        for (const q of queries)
          for (const sort of ['relevance', 'downloads', 'name'] as const) {
            const window = { q, sort, limit: 30, offset: sort === 'relevance' ? 0 : 25 };
            const one = searchBundles(whole, window);
            const many = searchIndexes(indexes, window);
            const names = (page: { bundles: readonly { name: string }[] }) =>
              page.bundles.map(({ name }) => name);
            expect(names(many), `"${q}" by ${sort}`).to.deep.equal(names(one));
            expect(many.total, q).to.equal(one.total);
            found += many.bundles.length;
          }
        expect(found).to.be.greaterThan(1000);
      } finally {
        for (const { db } of indexes) db.close();
      }
    }).timeout(30_000);

  it('has each page where the one before it ended, also where an index was not ranked since', () => {
    const indexes = [0, 1].map((at) => ({
      name: `r${at}`,
      // Never ranked: in the order in which they came.
      db: indexOf(...entries.filter((_, i) => i % 2 === at)),
    }));
    try {
      for (const q of ['server', 'mcp', 'server for a', '']) {
        const all = searchIndexes(indexes, { q, limit: 100, offset: 0 }).bundles.map(({ name }) => name);
        const pages = Array.from({ length: 10 }, (_, i) =>
          searchIndexes(indexes, { q, limit: 10, offset: 10 * i }).bundles.map(({ name }) => name),
        );
        expect(pages.flat(), q).to.deep.equal(all);
        expect(new Set(all).size).to.equal(all.length);
      }
    } finally {
      for (const { db } of indexes) db.close();
    }
  });

  it('lists a name once, as the first has it, and says what the others have', () => {
    const echo = publish('@acme/echo', '1.0.0', { manifest: { description: 'speaks' } });
    const first = indexOf(echo, publish('@acme/web', '1.0.0'));
    const second = indexOf(
      publish('@acme/echo', '1.0.0', { manifest: { description: 'shouts postgres' } }),
      publish('@acme/web', '1.0.0', { artifact: { sha256: 'f'.repeat(64) } }),
      publish('@acme/only', '1.0.0'),
    );
    const third = indexOf(publish('@acme/echo', '9.0.0'));
    const indexes = [first, second, third].map((db, at) => ({ name: `r${at}`, db }));
    const { bundles, total } = searchIndexes(indexes, { q: 'acme', limit: 10, offset: 0 });
    expect(total).to.equal(3);
    expect(bundles.map(({ name, registry, also_in }) => [name, registry, also_in])).to.have.deep.members([
      [
        '@acme/echo',
        'r0',
        [
          { registry: 'r1', content: 'same' },
          { registry: 'r2', content: 'other' },
        ],
      ],
      ['@acme/web', 'r0', [{ registry: 'r1', content: 'other' }]],
      ['@acme/only', 'r1', []],
    ]);
    // What was crawled need not have every artifact: then nothing in common says nothing.
    third.exec("INSERT INTO meta (key, value) VALUES ('source', 'bundles')");
    const again = searchIndexes(indexes, { q: 'echo', limit: 10, offset: 0 });
    expect(again.bundles[0]?.also_in.map(({ content }) => content)).to.deep.equal(['same', 'unknown']);
    for (const db of [first, second, third]) db.close();
  });

  it('is not drawn to a later registry by what it says of a name that an earlier one has', () => {
    const first = indexOf(
      publish('@acme/echo', '1.0.0'),
      publish('@acme/evil', '1.0.0'),
      revoke('@acme/evil', '*'),
    );
    const stuffed = { manifest: { description: 'the best postgres database server' } };
    const second = indexOf(publish('@acme/echo', '99.0.0', stuffed), publish('@acme/evil', '2.0.0', stuffed));
    setDownloads(second, 1_000_000);
    const indexes = [first, second].map((db, at) => ({ name: `r${at}`, db }));
    for (const q of ['postgres', 'postgrse', 'best database nowhere', 'evil'])
      expect(searchIndexes(indexes, { q, limit: 10, offset: 0 }).bundles, q).to.deep.equal([]);
    const [echo] = searchIndexes(indexes, { q: 'echo', limit: 10, offset: 0 }).bundles;
    expect(echo).to.include({ registry: 'r0', latest_version: '1.0.0', downloads: 0 });
    for (const db of [first, second]) db.close();
  });

  it('finds by their names those that an earlier index leaves, when all names together are too many', () => {
    const names = Array.from({ length: 450 }, (_, i) => `@s${i}/bridge`);
    const taken = names.slice(0, 300);
    const first = indexOf(
      ...taken.map((name) => publish(name, '1.0.0')),
      ...taken.map((name) => revoke(name, '*')),
    );
    const second = indexOf(
      ...names.map((name) => publish(name, '1.0.0')),
      publish('@aa/bridge-of-words', '1.0.0'),
    );
    // By rank alone, it would be the first.
    setDownloads(second, 1_000_000, "name = '@aa/bridge-of-words'");
    second.transaction(() => rerank(second))();
    const indexes = [first, second].map((db, at) => ({ name: `r${at}`, db }));
    const { bundles, total } = searchIndexes(indexes, { q: 'bridge', limit: 500, offset: 0 });
    expect(total).to.equal(151);
    expect(bundles.at(-1)?.name).to.equal('@aa/bridge-of-words');
    for (const db of [first, second]) db.close();
  });
});
