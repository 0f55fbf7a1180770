import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { systemError } from '../../../src/lib/system-error.ts';
import { appendAll, indexOf, publish, revoke } from './log-entries.ts';

/** What a registry signs is a file that somebody made: rows that no entry leads to can be in it. */
describe('search of an index whose rows are not what they should be', () => {
  let db: Database.Database;
  beforeEach(() => {
    db = indexOf(
      publish('@acme/postgres', '1.0.0', {
        manifest: { description: 'asks a database', server: { type: 'node' } },
      }),
      publish('@acme/mysql', '1.0.0', {
        manifest: { description: 'asks a database', server: { type: 'python' } },
      }),
    );
  });
  afterEach(() => db.close());

  const queries = [
    { q: 'database' },
    { q: 'database', type: 'node' },
    { q: 'database', os: 'linux', arch: 'x64', sort: 'name' },
    { q: 'postgers' },
    { type: 'python', sort: 'recent' },
    { sort: 'name' },
    {},
  ] as const;

  const damages: readonly (readonly [string, string])[] = [
    ['facets far beyond any rank', 'UPDATE facets SET block = 1 << 40'],
    ['facets that would take gigabytes', 'UPDATE facets SET block = 1000000'],
    ['facets before the first rank', 'UPDATE facets SET block = -1'],
    ['facets that are too short', "UPDATE facets SET bytes = x'0102'"],
    ['facets that are too long', 'UPDATE facets SET bytes = zeroblob(100000)'],
    ['no facets', 'DELETE FROM facets'],
    ['no filter of words', 'DELETE FROM word_filter'],
    ['a filter of words that does not begin at the first', 'UPDATE word_filter SET block = 5'],
    ['a filter of words that is too short', "UPDATE word_filter SET bits = x'ff'"],
    [
      'a filter of words that holds all',
      "UPDATE word_filter SET bits = CAST(replace(hex(zeroblob(1000)), '0', char(127)) AS BLOB)",
    ],
    ['facets that are larger than anybody has memory for', 'UPDATE facets SET bytes = zeroblob(500000000)'],
    ['a filter of words that is as large', 'UPDATE word_filter SET bits = zeroblob(500000000)'],
    [
      'a filter of words of very many small rows',
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
       INSERT INTO word_filter SELECT i, 1, x'00' FROM n`,
    ],
    [
      'a filter of words that is too large',
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
       INSERT INTO word_filter SELECT i, 5000, zeroblob(2000) FROM n`,
    ],
    ['a number of packages that is none', "UPDATE meta SET value = 'abc' WHERE key = 'listed'"],
    ['a number of packages that is no whole one', "UPDATE meta SET value = 1.5 WHERE key = 'listed'"],
    ['a number of packages beyond all', "UPDATE meta SET value = 1e300 WHERE key = 'listed'"],
    ['the largest number of packages', "UPDATE meta SET value = 9223372036854775807 WHERE key = 'listed'"],
    ['a negative number of packages', "UPDATE meta SET value = -1 WHERE key = 'listed'"],
    ['negative downloads', 'UPDATE packages SET downloads = -1'],
    ['the most downloads', 'UPDATE packages SET downloads = 9223372036854775807'],
    ['ranks that are negative', 'UPDATE packages SET rank = -rank'],
    ['ranks that are far below zero', 'UPDATE packages SET rank = -rank - 5000'],
    ['ranks beyond all', 'UPDATE packages SET rank = rank + (1 << 52)'],
    [
      'counts that overflow',
      'UPDATE postings SET count = 9223372036854775807; INSERT INTO postings SELECT recent, term, first + 1, count, block FROM postings',
    ],
    ['negative counts', 'UPDATE postings SET count = -1'],
    ['blocks that begin below', 'UPDATE postings SET first = -1'],
    ['blocks that begin beyond', 'UPDATE postings SET first = 1 << 40'],
    ['empty blocks', "UPDATE postings SET block = x''"],
    ['blocks of ones', "UPDATE postings SET block = x'ffffffffffffff'"],
    ['short blocks of bits', "UPDATE postings SET block = x'03ff'"],
    [
      'blocks that are full',
      "UPDATE postings SET block = CAST(x'03' || replace(hex(zeroblob(768)), '00', char(255)) AS BLOB)",
    ],
    [
      'the same packages in several blocks',
      'INSERT INTO postings SELECT recent, term, first + 1, count, block FROM postings',
    ],
    ['no packages', 'PRAGMA foreign_keys = OFF; DELETE FROM packages'],
    ['packages without a version', 'UPDATE packages SET latest_id = NULL, latest_version = NULL'],
  ];
  for (const [what, sql] of damages) {
    it(`answers, or says that it is damaged: ${what}`, () => {
      db.exec(sql);
      for (const query of queries) {
        orUnreadable(() => {
          const { bundles } = searchBundles(db, { limit: 20, offset: 0, ...query });
          for (const { name } of bundles) expect(name).to.be.oneOf(['@acme/postgres', '@acme/mysql']);
        });
      }
    });

    it(`takes new entries, or says that it is damaged: ${what}`, () => {
      db.exec(sql);
      orUnreadable(() => {
        appendAll(db, [
          publish('@acme/postgres', '9.0.0', { manifest: { description: 'another database' } }),
          publish('@acme/new', '1.0.0', { manifest: { description: 'unheard of' } }),
          revoke('@acme/mysql', '*'),
        ]);
      });
    });
  }
});

function orUnreadable(work: () => void): void {
  try {
    work();
  } catch (error) {
    // As it is told.
    const told = error instanceof MpakError ? error : systemError(error);
    if (told === undefined) throw error;
    expect(told.code).to.equal('INDEX_UNREADABLE');
  }
}
