import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { indexOf, publish } from './log-entries.ts';

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
    ['ranks that are negative', 'UPDATE packages SET rank = -rank'],
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
        try {
          const { bundles } = searchBundles(db, { limit: 20, offset: 0, ...query });
          for (const { name } of bundles) expect(name).to.be.oneOf(['@acme/postgres', '@acme/mysql']);
        } catch (error) {
          if (!(error instanceof MpakError)) throw error;
          expect(error.code).to.equal('INDEX_UNREADABLE');
        }
      }
    });
  }
});
