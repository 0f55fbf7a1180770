import path from 'node:path';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { append } from '../../../src/lib/index/append.ts';
import { openIndex, openIndexReadOnly } from '../../../src/lib/index/open.ts';
import { decodeBlock, encodeBlocks } from '../../../src/lib/index/posting-blocks.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { encodeEntry } from '../../../src/lib/log/entry.ts';
import { setDownloads } from '../../support/downloads.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { certify, deprecate, publish } from './log-entries.ts';

const tool = (name: string) =>
  publish(`@acme/${name}`, '1.0.0', { manifest: { description: 'reads mail', server: { type: 'node' } } });

/** A block for each package: lists of so many blocks are kept unpacked. */
function cutUp(db: Database.Database): void {
  const rows = db
    .prepare<[], [recent: number, term: string, first: number, block: Buffer]>(
      'SELECT recent, term, first, block FROM postings',
    )
    .raw()
    .all();
  const insert = db.prepare('INSERT INTO postings VALUES (?, ?, ?, ?, ?)');
  db.exec('DELETE FROM postings');
  for (const [recent, term, at, block] of rows) {
    for (const posting of decodeBlock(at, block)) {
      for (const { first, count, bytes } of encodeBlocks([posting])) {
        insert.run(recent, term, first, count, bytes);
      }
    }
  }
}

describe('what a search keeps for the next one', () => {
  const folder = temporaryFolder();
  let file: string;
  let db: Database.Database;
  let other: Database.Database;

  beforeEach(() => {
    file = path.join(folder(), 'index.db');
    db = openIndex(file);
    write(db, ...Array.from({ length: 40 }, (_, i) => tool(`tool-${i}`)));
    cutUp(db);
    other = openIndex(file);
  });
  afterEach(() => {
    other.close();
    db.close();
  });

  const write = (to: Database.Database, ...entries: Parameters<typeof encodeEntry>[0][]) =>
    to.transaction(() => append(to, entries.map(encodeEntry), { keepLines: false }))();

  const QUERIES = [
    { q: 'mail' },
    { q: 'tool' },
    { q: 'maill' },
    { type: 'node', sort: 'recent' },
    { q: 'mail', type: 'node', sort: 'downloads' },
    { sort: 'name' },
  ] as const;
  const totals = (of: Database.Database) =>
    QUERIES.map((query) => searchBundles(of, { limit: 100, offset: 0, ...query }).total);

  it('ends with what another connection writes', () => {
    const reader = openIndexReadOnly(file);
    for (let round = 0; round < 4; round += 1) {
      for (let again = 0; again < 3; again += 1) {
        expect(totals(reader), `round ${round}`).to.deep.equal(QUERIES.map(() => 40 + round));
      }
      write(other, tool(`late-tool-${round}`));
    }
    reader.close();
  });

  it('ends with what its own connection writes', () => {
    for (let round = 0; round < 4; round += 1) {
      for (let again = 0; again < 3; again += 1) {
        expect(totals(db), `round ${round}`).to.deep.equal(QUERIES.map(() => 40 + round));
      }
      write(db, tool(`late-tool-${round}`));
    }
  });

  it('is nothing of a transaction that is taken back', () => {
    totals(db);
    const undone = db.transaction(() => {
      append(db, [encodeEntry(tool('undone-tool'))], { keepLines: false });
      expect(totals(db)).to.deep.equal(QUERIES.map(() => 41));
      throw new Error('undone');
    });
    expect(undone).to.throw('undone');
    for (let again = 0; again < 3; again += 1) expect(totals(db)).to.deep.equal(QUERIES.map(() => 40));
  });

  it('has the scores and filters of now', () => {
    const first = () => searchBundles(db, { q: 'tool', limit: 1, offset: 0 }).bundles[0]?.name;
    const certified = () => searchBundles(db, { certified: 2, limit: 1, offset: 0 }).total;
    for (let again = 0; again < 3; again += 1) {
      expect(first()).to.equal('@acme/tool-0');
      expect(certified()).to.equal(0);
    }
    setDownloads(other, 5_000, "name = '@acme/tool-33'");
    write(other, certify('@acme/tool-7', '1.0.0', 2));
    for (let again = 0; again < 3; again += 1) {
      expect(first()).to.equal('@acme/tool-33');
      expect(certified()).to.equal(1);
    }
  });

  it('tells filters from one another', () => {
    const more = Array.from({ length: 300 }, (_, i) =>
      publish(`@acme/more-${i}`, '1.0.0', {
        manifest: { server: { type: i % 2 === 0 ? 'node' : 'python' } },
        artifact: { os: i % 3 === 0 ? 'linux' : 'darwin', arch: i % 5 === 0 ? 'arm64' : 'x64' },
      }),
    );
    write(db, ...more);
    const filters = [
      { type: 'node' },
      { type: 'python' },
      { os: 'linux' },
      { os: 'linux', arch: 'x64' },
      { os: 'linux', arch: 'arm64' },
      { arch: 'arm64' },
      { type: 'python', os: 'linux', arch: 'arm64' },
      { certified: 1 },
      {},
    ] as const;
    const ask = (of: Database.Database) =>
      filters.map((filter) => searchBundles(of, { ...filter, limit: 1, offset: 0 }).total);
    const fresh = filters.map((filter) => {
      const reader = openIndexReadOnly(file);
      const { total } = searchBundles(reader, { ...filter, limit: 1, offset: 0 });
      reader.close();
      return total;
    });
    expect(new Set(fresh).size).to.equal(filters.length);
    for (let again = 0; again < 3; again += 1) expect(ask(db)).to.deep.equal(fresh);
  });

  it('tells times from one another, before which a package was deprecated', () => {
    write(db, { ...deprecate('@acme/tool-3', '*'), at: '2026-02-03T04:05:06.000Z' });
    for (let again = 0; again < 3; again += 1) {
      for (const [deprecatedBefore, total] of [
        ['2026-02-03T04:05:00.000Z', 40],
        ['2026-02-03T04:06:00.000Z', 39],
        ['2026-02-03T04:05:06.500Z', 39],
        ['2026-02-03T04:05:06.000Z', 40],
      ] as const) {
        const found = searchBundles(db, { type: 'node', deprecatedBefore, limit: 1, offset: 0 });
        expect(found.total, deprecatedBefore).to.equal(total);
      }
    }
  });
});
