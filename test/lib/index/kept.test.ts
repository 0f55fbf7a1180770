import path from 'node:path';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { append } from '../../../src/lib/index/append.ts';
import { openIndex, openIndexReadOnly } from '../../../src/lib/index/open.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { encodeEntry } from '../../../src/lib/log/entry.ts';
import { setDownloads } from '../../support/downloads.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { certify, publish } from './log-entries.ts';

const tool = (name: string) =>
  publish(`@acme/${name}`, '1.0.0', { manifest: { description: 'reads mail', server: { type: 'node' } } });

describe('what a search keeps for the next one', () => {
  const folder = temporaryFolder();
  let file: string;
  let db: Database.Database;
  let other: Database.Database;

  beforeEach(() => {
    file = path.join(folder(), 'index.db');
    db = openIndex(file);
    // Enough for lists that are kept unpacked.
    write(db, ...Array.from({ length: 40 }, (_, i) => tool(`tool-${i}`)));
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
});
