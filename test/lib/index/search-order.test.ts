import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { append } from '../../../src/lib/index/append.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { explainHit, searchBundles } from '../../../src/lib/index/search.ts';
import { TIERS } from '../../../src/lib/index/search-tiers.ts';
import { tokenize } from '../../../src/lib/index/tokens.ts';
import { encodeEntry, type PublishEntry } from '../../../src/lib/log/entry.ts';
import { setDownloads } from '../../support/downloads.ts';
import { readRecords, recordsToEntries } from '../../support/records.ts';
import { indexOf, publish } from './log-entries.ts';
import { NaiveSearch } from './search-naive.ts';

const RECORDS = new URL('../../fixtures/records.ndjson.gz', import.meta.url);

/** The real records, some of them with what records lack: titles, keywords, authors, tools, downloads. */
function sampleIndex(): Database.Database {
  const db = openMemoryIndex();
  const plain = recordsToEntries(readRecords(RECORDS));
  const entries = plain.map((entry, i): PublishEntry => {
    const word = tokenize(plain[(i * 7) % plain.length]?.package ?? '').at(-1) ?? 'word';
    const manifest = {
      ...entry.manifest,
      ...(i % 5 === 0 && { display_name: `The ${word} Server` }),
      ...(i % 7 === 0 && { keywords: [word, 'tools'], author: { name: `${word} Labs` } }),
      ...(i % 11 === 0 && {
        tools: [{ name: `read_${word}`, description: 'Reads a file' }, { name: `write${i}File` }],
      }),
    };
    return { ...entry, manifest };
  });
  db.transaction(() => {
    append(db, entries.slice(0, -100).map(encodeEntry), { keepLines: false });
    setDownloads(db, '(id * 7919 % 1000) * (id * 31 % 7)', 'id % 3 = 0');
    rerank(db);
    // The last ones came after the snapshot: behind all others, in the order in which they came.
    append(db, entries.slice(-100).map(encodeEntry), { keepLines: false });
  })();
  return db;
}

describe('the order by relevance', () => {
  let db: Database.Database;
  let naive: NaiveSearch;
  before(() => {
    db = sampleIndex();
    naive = new NaiveSearch(db);
  });
  after(() => db.close());

  const names = (q: string, offset = 0, limit = 10) =>
    searchBundles(db, { q, limit, offset }).bundles.map((bundle) => bundle.name);

  /** Rare, common, begun, mistyped words and several of them, drawn from the records themselves. */
  function queries(): string[] {
    const records = readRecords(RECORDS);
    const drawn = records
      .filter((_, i) => i % 40 === 0)
      .flatMap(({ name, description }, i) => {
        const words = tokenize(description);
        const word = tokenize(name).reduce((a, b) => (a.length >= b.length ? a : b), '');
        const at = 1 + (i % Math.max(1, word.length - 2));
        const typo = `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at]}${word.slice(at + 2)}`;
        return [
          name,
          name.slice(0, Math.ceil(name.length * 0.7)),
          `${words[1]} ${words[3]} ${words[5]}`,
          `${words[2]} ${words[0]} `,
          name.replace(word, typo),
          `${typo} mcp server`,
          word.slice(0, 1 + (i % 3)),
          `${words[4]} ${words[6]} ${words[8]} nowhere ${words[1]}`,
        ];
      });
    const common = [
      'mcp',
      'server',
      'mcp server',
      'server mcp for',
      'tools',
      'a',
      'the mcp',
      'mcp s',
      'api ser',
    ];
    const odd = [
      '天气',
      '天',
      'servre',
      'filesystm',
      'readFile',
      'readfile',
      'mcpserver',
      'zzzzzz',
      'zzzzzz mcp',
      '@npm/',
      'c++',
    ];
    return [...drawn, ...common, ...odd];
  }

  it('is the documented formula: the same packages and the same first ten as an exhaustive ranking', () => {
    for (const q of queries()) {
      const expected = naive.search(q);
      const page = searchBundles(db, { q, limit: 10, offset: 0 });
      expect(
        page.bundles.map((bundle) => bundle.name),
        q,
      ).to.deep.equal(expected.slice(0, 10));
      expect(page.total, q).to.equal(expected.length);
    }
  });

  it('is the documented formula on every page', () => {
    for (const q of ['mcp server', 'weather', 'file s', 'databse', 'github agents nowhere']) {
      const expected = naive.search(q);
      const pages: string[] = [];
      for (let offset = 0; offset < expected.length; offset += 37) pages.push(...names(q, offset, 37));
      expect(pages, q).to.deep.equal(expected);
    }
  });

  it('is explained hit by hit: no tier, score or rank after a better one', () => {
    for (const q of queries().filter((_, i) => i % 5 === 0)) {
      const hits = names(q, 0, 30).map((name) => explainHit(db, q, name));
      for (const [i, hit] of hits.entries()) {
        const next = hits[i + 1];
        if (hit === undefined) throw new Error(`a hit for ${q} is not explained`);
        if (next === undefined || next.reading > hit.reading) continue;
        expect(next.reading, q).to.equal(hit.reading);
        const tiers = [TIERS.indexOf(hit.tier), TIERS.indexOf(next.tier)] as const;
        expect(tiers[0], q).to.be.at.most(tiers[1]);
        if (tiers[0] < tiers[1]) continue;
        if (hit.score === next.score) expect(hit.rank, q).to.be.below(next.rank);
        else expect(hit.score, q).to.be.above(Number(next.score));
      }
    }
  });

  it('explains nothing that does not match', () => {
    expect(explainHit(db, 'zzzzzz', names('mcp')[0] ?? '')).to.equal(undefined);
    expect(explainHit(db, 'mcp', '@nobody/nothing')).to.equal(undefined);
  });
});

describe('the limits in the formula', () => {
  const COUNT = 4010;
  /** A word in exactly that many packages, whose texts grow so that score and rank disagree. */
  const holders: Record<string, number> = {
    fourhundred: 400,
    fourhundredone: 401,
    tenth: 401,
    overtenth: 402,
  };
  const spelled = Array.from('abcdefghijklmno', (letter, i) => ({
    word: `plane${letter}`,
    count: 1 + ((i * 4) % 15),
  }));
  let db: Database.Database;
  before(() => {
    const words = Array.from({ length: COUNT }, (): string[] => []);
    let at = 0;
    for (const [word, count] of [
      ...Object.entries(holders),
      ...spelled.map(({ word: one, count }) => [one, count] as const),
    ]) {
      for (let i = 0; i < count; i += 1) words[(at + i) % COUNT]?.push(word);
      at += 200;
    }
    const entries = words.map((own, i) => {
      const padding = Array.from({ length: (COUNT - i) % 17 }, (_, j) => `pad${j}`);
      return publish(`@acme/p${i}`, '1.0.0', { manifest: { description: [...own, ...padding].join(' ') } });
    });
    entries.push(publish('@acme/tenthly', '1.0.0'), publish('@acme/overtenthly', '1.0.0'));
    db = indexOf(...entries);
  });
  after(() => db.close());

  const queries = [
    'fourhundred ',
    'fourhundredone ',
    'tenth',
    'overtenth',
    'planez',
    'planez ',
    'overtetnh',
    'tetnh',
  ];
  for (const q of queries) {
    it(`hold for "${q}"`, () => {
      const expected = new NaiveSearch(db).search(q);
      const page = searchBundles(db, { q, limit: 100, offset: 0 });
      expect(expected).to.not.be.empty;
      expect(page.bundles.map((bundle) => bundle.name)).to.deep.equal(expected.slice(0, 100));
      expect(page.total).to.equal(expected.length);
    });
  }

  it('complete a word while it is not common, and no longer when it is', () => {
    const found = (q: string) => searchBundles(db, { q, limit: 1, offset: 0 }).total;
    expect(found('tenth') - found('tenth ')).to.equal(1);
    expect(found('overtenth') - found('overtenth ')).to.equal(0);
  });
});
