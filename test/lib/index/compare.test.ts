import Database from 'better-sqlite3';
import { expect } from 'chai';
import { compareIndexes, schemaDifference } from '../../../src/lib/index/compare.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { decodeBlock, encodeBlocks } from '../../../src/lib/index/posting-blocks.ts';
import type { Entry } from '../../../src/lib/log/entry.ts';
import { setDownloads } from '../../support/downloads.ts';
import {
  appendAll,
  certify,
  deprecate,
  indexOf,
  provenance,
  publish,
  reserve,
  revoke,
  rotateKey,
  sha256,
  yank,
} from './log-entries.ts';

/** A log that leaves no table and no column empty. */
const LOG: Entry[] = [
  publish('@acme/echo', '1.0.0', {
    manifest: {
      display_name: 'Echo',
      description: 'Says it again.',
      author: { name: 'Ada' },
      keywords: ['mirror'],
      license: 'MIT',
      homepage: 'https://example.com',
      icon: 'icon.png',
      server: { type: 'node' },
      tools: [{ name: 'say', description: 'says' }],
    },
    release: { tag: 'v1.0.0', url: 'https://example.com/v1.0.0' },
    provenance: provenance('Acme', '42'),
    attestation: { sha256: sha256('bundle'), predicateType: 'https://slsa.dev/provenance/v1' },
  }),
  certify('@acme/echo', '1.0.0', 3),
  publish('@acme/other', '2.0.0', { manifest: { description: 'another server' } }),
  { ...deprecate('@acme/other', '*'), successor: '@acme/echo' },
  publish('@acme/other', '2.1.0'),
  revoke('@acme/other', '2.1.0'),
  rotateKey(),
  publish('@acme/other', '1.0.0'),
  yank('@acme/other', '1.0.0'),
  { ...deprecate('@acme/other', '1.x'), provenance: provenance('Acme', '42') },
  reserve('microsoft', '6154722'),
];

/** An index of the log that may be changed by hand: without foreign keys. */
function malleable(): Database.Database {
  const db = indexOf(...LOG);
  db.pragma('foreign_keys = OFF');
  return db.unsafeMode();
}

function forged(sql: string): Database.Database {
  return malleable().exec(sql);
}

/** Columns whose values are this file's own: ids, ranks, counts of downloads. */
const NOT_COMPARED = new Set([
  'packages.id',
  'packages.rank',
  'packages.downloads',
  'versions.id',
  'versions.downloads',
  'artifacts.id',
]);
/** Tables that a comparison does not look at, and why. */
const TABLES_NOT_COMPARED = new Set([
  'log', // a client has none
  'attestations', // a registry's own; their digests are in the log
  'crawled', // of an index without a log
  'crawled_versions', // the same
  'crawled_digests', // the same
  'scan_queue', // a registry's own: what is yet to be done
  'scan_reports', // a registry's own; their results are in the log
  'postings', // how they are stored depends on the order of changes; what they hold is compared, see below
  'facets', // by rank
  'word_filter', // what it holds depends on what has been there; what it has to hold is compared, see below
]);

describe('comparing two indexes', () => {
  it('finds nothing between two of the same log, however it was applied', () => {
    const single = openMemoryIndex();
    for (const entry of LOG) appendAll(single, [entry]);
    expect(compareIndexes(single, indexOf(...LOG))).to.deep.equal([]);
  });

  it('finds nothing between two empty ones', () => {
    expect(compareIndexes(openMemoryIndex(), indexOf())).to.deep.equal([]);
  });

  it('does not mind other ids and ranks', () => {
    const db = indexOf(...LOG);
    // The same packages in another order: every id and rank is another.
    const reversed = indexOf(...LOG.slice(2), ...LOG.slice(0, 2));
    // What has a place in the log has another one.
    const placed = /^(meta|certifications|deprecations|revocations|rotations|scopes) |: seq is /;
    const differences = compareIndexes(reversed, db);
    expect(differences.filter((line) => !placed.test(line))).to.deep.equal([]);
  });

  it('does not mind downloads', () => {
    const db = forged('UPDATE versions SET downloads = 7');
    setDownloads(db, 7);
    expect(compareIndexes(db, indexOf(...LOG))).to.deep.equal([]);
  });

  it('does not mind into which blocks a list of postings is cut', () => {
    const db = indexOf(...LOG);
    const stored = db.prepare("SELECT first, block FROM postings WHERE term = ''").raw().get();
    const postings = decodeBlock(...(stored as [number, Buffer]));
    expect(postings).to.have.length(2);
    db.exec("DELETE FROM postings WHERE term = ''");
    for (const { first, count, bytes } of postings.flatMap((posting) => encodeBlocks([posting]))) {
      db.prepare("INSERT INTO postings VALUES (1, '', ?, ?, ?)").run(first, count, bytes);
    }
    expect(compareIndexes(db, indexOf(...LOG))).to.deep.equal([]);
  });

  const reference = indexOf(...LOG);
  const tables = reference
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  for (const table of tables) {
    if (TABLES_NOT_COMPARED.has(table)) continue;

    it(`finds a row that is missing in ${table}`, () => {
      const db = malleable();
      const key = (db.pragma(`table_info(${table})`) as { name: string }[])[0]?.name;
      const removed = db
        .prepare(`DELETE FROM ${table} WHERE ${key} = (SELECT max(${key}) FROM ${table})`)
        .run();
      expect(removed.changes, 'rows in the log of this test').to.be.greaterThan(0);
      expect(compareIndexes(db, reference)).not.to.deep.equal([]);
      expect(compareIndexes(reference, db)).not.to.deep.equal([]);
    });

    for (const column of reference.pragma(`table_info(${table})`) as { name: string; type: string }[]) {
      const name = `${table}.${column.name}`;
      if (NOT_COMPARED.has(name)) continue;

      it(`finds another value in ${name}`, () => {
        const db = malleable();
        const other = column.type === 'INTEGER' ? '987' : column.type === 'TEXT' ? "'changed'" : "x'ab'";
        const rows = `(SELECT min(${column.name}) FROM ${table})`;
        const changed = db
          .prepare(`UPDATE ${table} SET ${column.name} = ${other} WHERE ${column.name} = ${rows}`)
          .run();
        expect(changed.changes, 'rows in the log of this test').to.be.greaterThan(0);
        expect(compareIndexes(db, reference)).not.to.deep.equal([]);
      });
    }
  }

  for (const [what, sql] of [
    ['a row that hangs on no package', "INSERT INTO tools VALUES (999, 0, 'ghost', NULL)"],
    [
      'a version of no package',
      "INSERT INTO versions (package_id, version, prerelease, published_at, publish_method) VALUES (999, '1.0.0', 0, '', 'oidc')",
    ],
    ['a latest version that is not there', "UPDATE packages SET latest_id = 999 WHERE name = '@acme/echo'"],
    [
      'a latest version of another package',
      "UPDATE packages SET latest_id = (SELECT id FROM versions WHERE version = '2.0.0') WHERE name = '@acme/echo'",
    ],
    ['a text that became null', "UPDATE packages SET license = NULL WHERE name = '@acme/echo'"],
    ['a word too many', "INSERT INTO postings VALUES (1, 'forged', 1, 1, x'00')"],
    ['a word that is missing', "DELETE FROM postings WHERE term = 'echo'"],
    ['a word of a package that is not there', "UPDATE postings SET first = 999 WHERE term = 'echo'"],
    ['a word in another place', "UPDATE postings SET block = x'01' WHERE term = 'echo'"],
    ['another count of a word', "UPDATE postings SET count = 9 WHERE term = 'echo'"],
    [
      'a filter that finds more',
      "UPDATE facets SET bytes = CAST(zeroblob(7) || x'ffffff' || zeroblob(1782) AS BLOB)",
    ],
    [
      'a package that is said to be popular',
      "UPDATE facets SET bytes = CAST(substr(bytes, 1, 12) || x'ffff' || zeroblob(1778) AS BLOB)",
    ],
    ['a word for which typing mistakes are not forgiven', 'UPDATE word_filter SET bits = zeroblob(2000)'],
    ['another number of packages', "UPDATE meta SET value = 7 WHERE key = 'listed'"],
    ['a filter of words that is not there', 'DELETE FROM word_filter'],
    ['a filter that finds nothing', 'DELETE FROM facets'],
  ] as const) {
    it(`finds ${what}`, () => {
      expect(compareIndexes(forged(sql), reference)).not.to.deep.equal([]);
    });
  }

  it('finds words that changed places between packages, though each is there as often', () => {
    const a = indexOf(
      publish('@acme/one', '1.0.0', { manifest: { description: 'files' } }),
      publish('@acme/two', '1.0.0', { manifest: { description: 'weather' } }),
    );
    const b = indexOf(
      publish('@acme/one', '1.0.0', { manifest: { description: 'weather' } }),
      publish('@acme/two', '1.0.0', { manifest: { description: 'files' } }),
    );
    const differences = compareIndexes(a, b).filter((line) => line.startsWith('postings '));
    expect(differences).to.deep.equal([
      'postings "files": its packages differ, first in @acme/one',
      'postings "weather": its packages differ, first in @acme/one',
    ]);
  });

  it('finds a word that moved to another place in its package', () => {
    const a = indexOf(publish('@acme/one', '1.0.0', { manifest: { description: 'read' } }));
    const b = indexOf(publish('@acme/one', '1.0.0', { manifest: { author: { name: 'read' } } }));
    expect(compareIndexes(a, b)).to.include('postings "read": its packages differ, first in @acme/one');
  });

  it('refuses a list that cannot be decoded', () => {
    const db = forged("UPDATE postings SET block = x'ffffffffffff' WHERE term = 'echo'");
    expect(() => compareIndexes(db, reference)).to.throw('damaged');
  });

  it('says what differs, where, and what was expected', () => {
    const db = forged(
      "UPDATE artifacts SET size = 5 WHERE url LIKE '%echo-1.0.0%'; DELETE FROM deprecations",
    );
    expect(compareIndexes(db, reference)).to.deep.equal([
      'artifacts @acme/echo 1.0.0 any any: size is 5, expected 1000',
      'deprecations: 0 rows, expected 2',
      'deprecations 3: is missing',
      'deprecations 9: is missing',
    ]);
    expect(compareIndexes(reference, db)).to.include('deprecations 3: is there, and the log does not say so');
  });

  it('describes twenty differences and counts the others', () => {
    const many = Array.from({ length: 30 }, (_, index) => revoke(`@acme/p${index}`, '*'));
    const db = indexOf(...many);
    const changed = indexOf(...many);
    changed.exec("UPDATE revocations SET reason = 'superseded'");
    const differences = compareIndexes(changed, db);
    expect(differences).to.have.length(21);
    expect(differences.at(-1)).to.equal('and 10 more');
  });

  it('says nothing that a terminal would obey', () => {
    const db = forged(
      `UPDATE packages SET description = 'a' || char(27) || '[2J' || char(155) || char(8238)`,
    );
    for (const line of compareIndexes(db, reference)) expect(line).to.match(/^[ -~]+$/);
  });

  it('orders keys as SQLite does, also beyond the basic plane', () => {
    // The ideograph beyond the basic plane sorts before the letter in UTF-16, and after it in UTF-8.
    const a = indexOf(publish('@acme/one', '1.0.0', { manifest: { description: '\u{20000} \uFA0E 中' } }));
    const b = indexOf(publish('@acme/one', '1.0.0', { manifest: { description: '\u{20000} 中' } }));
    expect(compareIndexes(a, b).filter((line) => line.startsWith('postings '))).to.have.length(1);
  });

  it('reads an index that is opened for queries alone, and leaves it so', () => {
    const db = indexOf(...LOG);
    db.pragma('query_only = ON');
    expect(compareIndexes(db, reference)).to.deep.equal([]);
    expect(compareIndexes(db, reference)).to.deep.equal([]);
    expect(() => db.exec('DELETE FROM packages')).to.throw();
  });

  it('sorts no rows: it goes through the tables in an order they have', () => {
    const db = indexOf(...LOG);
    const prepared: string[] = [];
    const prepare = db.prepare.bind(db) as (sql: string) => Database.Statement;
    db.prepare = ((sql: string) => {
      prepared.push(sql);
      return prepare(sql);
    }) as typeof db.prepare;
    compareIndexes(db, reference);
    for (const sql of prepared.filter((text) => text.includes('ORDER BY'))) {
      const plan = prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
      expect(plan.map((step) => step.detail).join('\n'), sql).not.to.include('TEMP B-TREE');
    }
  });
});

describe('the schema of a foreign file', () => {
  it('is ours in a new index, and in a copy of one', () => {
    const db = indexOf(...LOG);
    expect(schemaDifference(db)).to.equal(undefined);
    expect(schemaDifference(new Database(db.serialize()))).to.equal(undefined);
  });

  for (const [what, sql] of [
    ['a trigger', 'CREATE TRIGGER evil AFTER INSERT ON packages BEGIN DELETE FROM revocations; END'],
    ['a view', 'CREATE VIEW evil AS SELECT 1'],
    ['a view in place of a table', 'DROP TABLE tools; CREATE VIEW tools AS SELECT 1 AS package_id'],
    ['another table', 'CREATE TABLE evil (x)'],
    ['a virtual table', 'CREATE VIRTUAL TABLE evil USING fts5 (x)'],
    ['another index', 'CREATE INDEX evil ON packages (license)'],
    ['an index on an expression', 'CREATE INDEX evil ON packages (upper(license))'],
    ['one index fewer', 'DROP INDEX packages_by_published'],
    ['one table fewer', 'DROP TABLE rotations'],
    ['another column', 'ALTER TABLE packages ADD COLUMN evil TEXT'],
    ['another version', 'PRAGMA user_version = 99'],
    ['another application', 'PRAGMA application_id = 1'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(schemaDifference(forged(sql))).to.be.a('string');
    });
  }

  it('is refused in another encoding', () => {
    const db = new Database(':memory:');
    db.pragma("encoding = 'UTF-16le'");
    expect(schemaDifference(db)).to.be.a('string');
  });

  it('is refused when it is empty', () => {
    expect(schemaDifference(new Database(':memory:'))).to.equal('application_id is 0, expected 1836081515');
  });
});
