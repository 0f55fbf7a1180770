import type Database from 'better-sqlite3';
import { expect } from 'chai';
import fc from 'fast-check';
import type { SearchQuery } from '../../../src/lib/index/bundle-types.ts';
import { searchIndexes } from '../../../src/lib/index/merged-search.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import type { PublishEntry } from '../../../src/lib/log/entry.ts';
import { setDownloads } from '../../support/downloads.ts';
import { indexOf, publish } from './log-entries.ts';
import { NaiveSearch } from './search-naive.ts';

/** Few words, near to one another, so that they meet: begun, mistyped, run together, in several scripts. */
const WORDS = [
  'sea',
  'search',
  'searcher',
  'seach',
  'mail',
  'gmail',
  'mailsearch',
  'a',
  'c++',
  '天气',
  '天气报',
  'Ünï',
  'éclair',
];
const word = fc.constantFrom(...WORDS);
const words = (maxLength: number) => fc.array(word, { maxLength }).map((some) => some.join(' '));
const nameWord = fc.constantFrom('sea', 'search', 'mail', 'gmail', 'a', 'mailsearch');
const TYPES = ['node', 'python', 'binary', 'uv'] as const;
const SYSTEMS = ['darwin', 'linux', 'win32', 'any'] as const;
const ARCHS = ['x64', 'arm64', 'any'] as const;

const released = fc.record({
  scope: nameWord,
  base: fc.array(nameWord, { minLength: 1, maxLength: 3 }),
  type: fc.constantFrom(...TYPES),
  os: fc.constantFrom(...SYSTEMS),
  arch: fc.constantFrom(...ARCHS),
  title: words(2),
  description: words(5),
  author: words(1),
  tool: words(2),
  day: fc.integer({ min: 10, max: 28 }),
  downloads: fc.constantFrom(0, 0, 9, 10, 5000),
});
type Released = typeof released extends fc.Arbitrary<infer T> ? T : never;

const nameOf = ({ scope, base }: Released) => `@${scope}/${base.join('-')}`;

function entryOf(one: Released): PublishEntry {
  const { type, os, arch, title, description, author, tool, day } = one;
  return publish(nameOf(one), '1.0.0', {
    at: `2026-01-${day}T00:00:00.000Z`,
    artifact: { os, arch },
    manifest: {
      display_name: title,
      description,
      author: { name: author },
      tools: [{ name: 'readMail', description: tool }],
      server: { type },
    },
  });
}

const typed = fc
  .array(
    fc.oneof(
      word,
      fc.constantFrom('se', 'sear', 'serach', 'maill', 'seasearch', 'nowhere', 'm', 'ecl', '气'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .chain((some) => fc.constantFrom(some.join(' '), `${some.join(' ')} `, some.join('-')));

const filters = fc.record(
  {
    type: fc.constantFrom(...TYPES),
    os: fc.constantFrom('darwin', 'linux'),
    arch: fc.constantFrom('x64', 'arm64'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Pick<SearchQuery, 'type' | 'os' | 'arch'>>;

const passes = ({ type, os, arch }: Released, asked: Pick<SearchQuery, 'type' | 'os' | 'arch'>) =>
  (asked.type === undefined || asked.type === type) &&
  (asked.os === undefined || os === 'any' || asked.os === os) &&
  (asked.arch === undefined || arch === 'any' || asked.arch === arch);

const ORDERS = {
  relevance: () => 0,
  name: () => 0,
  downloads: (a: Released, b: Released) => b.downloads - a.downloads,
  recent: (a: Released, b: Released) => b.day - a.day,
} as const;

function makeIndex(packages: readonly Released[], isRanked: boolean): Database.Database {
  const db = indexOf(...packages.map(entryOf));
  for (const one of packages) setDownloads(db, one.downloads, `name = '${nameOf(one)}'`);
  if (isRanked) db.transaction(() => rerank(db))();
  return db;
}

describe('search of any indexes', () => {
  it('finds in several what it finds in one of all of them, where the first that has a name has it', () => {
    const corpus = fc.uniqueArray(released, { selector: nameOf, minLength: 1, maxLength: 40 });
    /** In which of three indexes a package is: some are in several, with other texts in the later ones. */
    const places = fc.array(fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 }), {
      minLength: 40,
      maxLength: 40,
    });
    const query = fc.record({
      q: fc.oneof(typed, fc.constant('')),
      asked: filters,
      sort: fc.constantFrom('relevance', 'name', 'downloads', 'recent'),
      limit: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(
        corpus,
        places,
        released,
        fc.array(query, { minLength: 8, maxLength: 12 }),
        (packages, where, decoy, queries) => {
          const shares: Released[][] = [[], [], []];
          for (const [i, one] of packages.entries()) {
            const [first = 0, ...later] = [...(where[i] as number[])].sort();
            shares[first]?.push(one);
            const { title, description, tool, author, type } = decoy;
            for (const at of later)
              shares[at]?.push({ ...one, title, description, tool, author, type, downloads: 5000 });
          }
          const whole = makeIndex(packages, true);
          const indexes = shares.map((share, i) => ({ name: `r${i}`, db: makeIndex(share, true) }));
          try {
            for (const { q, asked, sort, limit } of queries) {
              const total = searchBundles(whole, { q, limit: 1, offset: 0, ...asked }).total;
              for (let offset = 0; offset <= total; offset += limit) {
                const one = searchBundles(whole, { q, ...asked, sort, limit, offset });
                const many = searchIndexes(indexes, { q, ...asked, sort, limit, offset });
                expect(many.total, q).to.equal(one.total);
                expect(many.pagination).to.deep.equal(one.pagination);
                const plain = many.bundles.map(({ registry, also_in, ...bundle }) => bundle);
                expect(plain, `${q} by ${sort} from ${offset}`).to.deep.equal(one.bundles);
                for (const { name, registry, also_in } of many.bundles) {
                  const at = packages.findIndex((each) => nameOf(each) === name);
                  const [first, ...later] = [...(where[at] as number[])].sort().map((index) => `r${index}`);
                  expect([registry, also_in.map((other) => other.registry)]).to.deep.equal([first, later]);
                }
              }
            }
          } finally {
            for (const db of [whole, ...indexes.map((index) => index.db)]) db.close();
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('finds what the formula says, in its order, on every page, with every filter and sort', () => {
    const corpus = fc.uniqueArray(released, { selector: nameOf, minLength: 1, maxLength: 40 });
    const query = fc.record({
      q: typed,
      asked: filters,
      sort: fc.constantFrom('relevance', 'name', 'downloads', 'recent'),
      limit: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(
        corpus,
        fc.boolean(),
        fc.array(query, { minLength: 8, maxLength: 12 }),
        (packages, isRanked, queries) => {
          const db = makeIndex(packages, isRanked);
          try {
            const naive = new NaiveSearch(db);
            const byName = new Map(packages.map((one) => [nameOf(one), one]));
            for (const { q, asked, sort, limit } of queries) {
              const matching = naive
                .search(q)
                .map((name) => byName.get(name) as Released)
                .filter((one) => passes(one, asked));
              if (sort !== 'relevance')
                matching.sort((a, b) => ORDERS[sort](a, b) || (nameOf(a) < nameOf(b) ? -1 : 1));
              const found: string[] = [];
              for (let offset = 0; offset <= matching.length; offset += limit) {
                const page = searchBundles(db, { q, ...asked, sort, limit, offset });
                expect(page.total, q).to.equal(matching.length);
                found.push(...page.bundles.map(({ name }) => name));
              }
              expect(found, `${q} by ${sort}`).to.deep.equal(matching.map(nameOf));
            }
          } finally {
            db.close();
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
