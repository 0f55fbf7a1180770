import type Database from 'better-sqlite3';
import { expect } from 'chai';
import fc from 'fast-check';
import type { SearchQuery } from '../../../src/lib/index/bundle-types.ts';
import { closestNames, searchBundles } from '../../../src/lib/index/search.ts';
import { tokenize } from '../../../src/lib/index/tokens.ts';
import { setDownloads } from '../../support/downloads.ts';
import { AT, appendAll, certify, deprecate, indexOf, provenance, publish, revoke } from './log-entries.ts';

const described = (name: string, description: string) =>
  publish(name, '1.0.0', { manifest: { description } });

const namesOf = (db: Database.Database, query: Partial<SearchQuery>) =>
  searchBundles(db, { limit: 20, offset: 0, ...query }).bundles.map((bundle) => bundle.name);

const find = (db: Database.Database, q: string) => namesOf(db, { q });

describe('a search', () => {
  const db = indexOf(
    described('@acme/weather', 'Forecasts for any city'),
    described('@acme/forecast', 'Rain and weather, read aloud'),
    described('@acme/compiler', 'Compiles C++ and C# AND more'),
    described('@acme/note', 'A near name: OR, NOT, NEAR'),
    described('@acme/chinese', '获取天气信息'),
    publish('@acme/files', '1.0.0', {
      manifest: {
        display_name: 'File Cabinet',
        description: 'Drawers',
        keywords: ['paper'],
        author: { name: 'Ada Lovelace' },
        tools: [{ name: 'readFile', description: 'Opens a drawer' }, { name: 'shut' }],
      },
      provenance: provenance('Acme', '42', 'Acme/files'),
    }),
    certify('@acme/files', '1.0.0', 2),
  );
  after(() => db.close());

  it('answers with complete bundles', () => {
    const [bundle] = searchBundles(db, { q: 'cabinet', limit: 20, offset: 0 }).bundles;
    expect(bundle).to.deep.equal({
      name: '@acme/files',
      display_name: 'File Cabinet',
      description: 'Drawers',
      author: { name: 'Ada Lovelace' },
      latest_version: '1.0.0',
      icon: null,
      server_type: null,
      tools: [{ name: 'readFile', description: 'Opens a drawer' }, { name: 'shut' }],
      downloads: 0,
      published_at: '2026-01-01T00:00:00.000Z',
      verified: true,
      provenance: {
        schema_version: '1',
        provider: 'github_oidc',
        repository: 'Acme/files',
        sha: 'c'.repeat(40),
      },
      certification_level: 2,
    });
  });

  it('says of what nothing proves that it is not verified', () => {
    const [bundle] = searchBundles(db, { q: 'weather', limit: 1, offset: 0 }).bundles;
    expect(bundle).to.deep.include({ author: null, tools: [], verified: false, provenance: null });
  });

  for (const [where, q] of Object.entries({
    name: 'files',
    'whole name': '@acme/files',
    'display name': 'cabinet',
    description: 'drawers',
    keywords: 'paper',
    author: 'lovelace',
    'names of tools': 'readFile',
    'words inside names of tools': 'read cabinet',
    'descriptions of tools': 'opens',
  })) {
    it(`finds words of the ${where}`, () => expect(find(db, q)).to.include('@acme/files'));
  }

  it('puts names before descriptions', () => {
    expect(find(db, 'weather')).to.deep.equal(['@acme/weather', '@acme/forecast']);
    expect(find(db, 'forecast')[0]).to.equal('@acme/forecast');
  });

  it('finds what a word begins while it is typed, and not once it is ended', () => {
    expect(find(db, 'weath')).to.deep.equal(['@acme/weather', '@acme/forecast']);
    expect(find(db, 'wea')).to.deep.equal(['@acme/weather']);
    expect(find(db, 'wea ')).to.deep.equal([]);
  });

  it('tells c++ from c#, and both from words that begin with c', () => {
    expect(find(db, 'c++')).to.deep.equal(['@acme/compiler']);
    expect(find(db, 'c# ')).to.deep.equal(['@acme/compiler']);
    expect(find(db, 'f#')).to.deep.equal([]);
  });

  it('finds any part of a Chinese description', () => {
    for (const q of ['天气', '天气信息', '获取', '信'])
      expect(find(db, q), q).to.deep.equal(['@acme/chinese']);
    expect(find(db, '气天')).to.deep.equal([]);
  });

  for (const q of [
    'AND',
    'OR',
    'NOT',
    'NEAR',
    'NEAR(',
    'name',
    'name:',
    '"name"',
    'near*',
    '(near)',
    '-near',
  ]) {
    it(`takes ${q} as a word, not as syntax`, () => {
      const word = tokenize(q)[0] as string;
      expect(find(db, q)).to.deep.equal(find(db, `${word}`));
      expect(find(db, q).length).to.be.above(0);
    });
  }

  it('finds nothing by a word that only syntax would make match', () => {
    for (const q of ['name:zzz', 'zzz*', '^zzz', 'zzz OR', '"zzz" "']) {
      expect(find(db, q), q).to.not.include('@acme/weather');
    }
    expect(find(db, 'description:weather ')).to.deep.equal(['@acme/weather', '@acme/forecast']);
  });

  it('finds nothing by what has no word', () => {
    for (const q of ['🎉', '"', '*', '^', '\\"', '()', '++', '\u0000']) {
      expect(searchBundles(db, { q, limit: 20, offset: 0 }).total, JSON.stringify(q)).to.equal(0);
    }
  });

  it('lists everything without a query, and with a blank one', () => {
    for (const query of [{}, { q: '' }, { q: '  ' }]) expect(namesOf(db, query)).to.have.length(6);
  });

  it('takes ten thousand characters of anything', () => {
    const texts = ['weather '.repeat(1250), '天气'.repeat(5000), '"'.repeat(10_000), 'a'.repeat(10_000)];
    texts.push(Array.from({ length: 2000 }, (_, i) => `w${i}`).join(' '));
    for (const q of texts) expect(() => find(db, q)).to.not.throw();
    expect(find(db, 'weather '.repeat(1250))).to.deep.equal(find(db, 'weather '));
  });

  it('never fails, and finds only what holds a word of the query or nearly so', () => {
    const fragment = fc.constantFrom(
      '"',
      '*',
      'AND',
      'NEAR(',
      'name:',
      '^',
      '(',
      ')',
      '-',
      '+',
      '{a}',
      'weather',
      ' ',
      "'",
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (q) => {
        const page = searchBundles(db, { q, limit: 100, offset: 0 });
        expect(page.bundles).to.have.length(page.total);
        if (tokenize(q).length === 0 && q.trim() !== '') expect(page.total).to.equal(0);
        if (tokenize(q).includes('weather') && new Set(tokenize(q)).size === 1)
          expect(page.total).to.equal(2);
      }),
      { numRuns: 300 },
    );
  });
});

describe('typing mistakes', () => {
  const db = indexOf(
    described('@acme/weather', 'Forecasts'),
    described('@acme/postgres-bridge', 'A database'),
    described('@acme/mail', 'Letters'),
    described('@acme/wetter', 'German for it'),
  );
  after(() => db.close());

  for (const [mistake, q] of Object.entries({
    'a letter left out': 'weathr',
    'a letter too many': 'weatheer',
    'a wrong letter': 'weadher',
    'two letters swapped': 'waether',
    'the first letter wrong': 'qeather',
    'the first two letters swapped': 'ewather',
    'the last two letters swapped': 'weathre',
  })) {
    it(`forgives ${mistake}`, () => expect(find(db, q)).to.deep.equal(['@acme/weather']));
  }

  it('forgives a space that was left out', () => {
    expect(find(db, 'postgresbridge')).to.deep.equal(['@acme/postgres-bridge']);
  });

  it('forgives one in each of two words', () => {
    expect(find(db, 'postgers brigde')).to.deep.equal(['@acme/postgres-bridge']);
  });

  it('forgives none in a word of four letters', () => expect(find(db, 'mial')).to.deep.equal([]));

  it('forgives no two in a word', () => expect(find(db, 'waethre')).to.deep.equal([]));

  it('forgives none where the words as typed find something', () => {
    appendAll(db, [described('@acme/waether', 'Rare name')]);
    expect(find(db, 'waether')).to.deep.equal(['@acme/waether']);
  });

  it('leaves a word out when nothing else helps, the commoner one first', () => {
    expect(find(db, 'mail nowhere')).to.deep.equal(['@acme/mail']);
    expect(find(db, 'mail database')).to.have.members(['@acme/mail', '@acme/postgres-bridge']);
    expect(find(db, 'acme mail nowhere database')).to.have.members(['@acme/mail', '@acme/postgres-bridge']);
  });

  it('are forgiven or not whatever the filters are', () => {
    expect(namesOf(db, { q: 'mail', type: 'node' })).to.deep.equal([]);
  });
});

describe('filters', () => {
  const typed = (name: string, type: string) =>
    publish(name, '1.0.0', { manifest: { description: 'shared word', server: { type } } });
  const forPlatform = (os: 'linux' | 'darwin' | 'any', arch: 'x64' | 'arm64' | 'any') =>
    publish('@acme/native', '1.0.0', { manifest: { description: 'shared word' }, artifact: { os, arch } });
  const db = indexOf(
    ...['node', 'python', 'binary', 'uv'].map((type) => typed(`@acme/${type}-one`, type)),
    forPlatform('linux', 'x64'),
    forPlatform('darwin', 'arm64'),
    publish('@acme/mac', '1.0.0', {
      manifest: { description: 'shared word' },
      artifact: { os: 'darwin', arch: 'any' },
    }),
    ...[1, 2, 3, 4].flatMap((level) => [
      publish(`@acme/level-${level}`, '1.0.0', { artifact: { os: 'win32', arch: 'x64' } }),
      certify(`@acme/level-${level}`, '1.0.0', level, {
        sha256: publish(`@acme/level-${level}`, '1.0.0', { artifact: { os: 'win32', arch: 'x64' } }).artifact
          .sha256,
      }),
    ]),
  );
  after(() => db.close());

  for (const q of [undefined, 'shared word']) {
    const when = q === undefined ? 'without a query' : 'with a query';
    const filtered = (query: Partial<SearchQuery>) =>
      namesOf(db, { ...query, ...(q !== undefined && { q }) });

    it(`narrow by the type of the server, ${when}`, () => {
      for (const type of ['node', 'python', 'binary', 'uv'] as const) {
        expect(filtered({ type })).to.deep.equal([`@acme/${type}-one`]);
      }
    });

    it(`narrow by platform, of one artifact and not of several together, ${when}`, () => {
      const onlyNative = (names: string[]) => names.filter((name) => /native|mac/.test(name)).sort();
      expect(onlyNative(filtered({ os: 'linux' }))).to.deep.equal(['@acme/native']);
      expect(onlyNative(filtered({ os: 'darwin', arch: 'arm64' }))).to.deep.equal([
        '@acme/mac',
        '@acme/native',
      ]);
      expect(onlyNative(filtered({ os: 'darwin', arch: 'x64' }))).to.deep.equal(['@acme/mac']);
      expect(onlyNative(filtered({ os: 'linux', arch: 'arm64' }))).to.deep.equal([]);
      expect(filtered({ os: 'linux', arch: 'arm64' })).to.include('@acme/node-one');
    });
  }

  it('narrow by certification level, that or a higher one', () => {
    for (const certified of [1, 2, 3, 4]) {
      const expected = [1, 2, 3, 4]
        .filter((level) => level >= certified)
        .map((level) => `@acme/level-${level}`);
      expect(namesOf(db, { certified })).to.deep.equal(expected);
      expect(namesOf(db, { q: 'level', certified })).to.deep.equal(expected);
      expect(namesOf(db, { q: 'level', certified, sort: 'name' })).to.deep.equal(expected);
    }
  });

  it('count in the total', () => {
    expect(searchBundles(db, { q: 'level', certified: 3, limit: 1, offset: 0 })).to.deep.include({
      total: 2,
      pagination: { limit: 1, offset: 0, has_more: true },
    });
    expect(searchBundles(db, { certified: 3, limit: 1, offset: 0 }).total).to.equal(2);
  });
});

describe('orders and pages', () => {
  const COUNT = 600;
  const db = indexOf(
    ...Array.from({ length: COUNT }, (_, i) => ({
      ...described(`@s${i % 7}/tool-${i}`, i % 3 === 0 ? 'half of them' : 'common tools'),
      at: `2026-01-${String(1 + (i % 20)).padStart(2, '0')}T00:00:00.000Z`,
    })),
  );
  setDownloads(db, 'id % 5');
  after(() => db.close());

  const all = (query: Partial<SearchQuery>, size: number) => {
    const pages = [];
    for (let offset = 0; ; offset += size) {
      const page = searchBundles(db, { ...query, limit: size, offset });
      pages.push(...page.bundles);
      expect(page.pagination.has_more).to.equal(offset + page.bundles.length < page.total);
      if (!page.pagination.has_more) return { bundles: pages, total: page.total };
    }
  };
  const inOrder = {
    downloads: (a: Sortable, b: Sortable) => b.downloads - a.downloads || compare(a.name, b.name),
    recent: (a: Sortable, b: Sortable) => compare(b.published_at, a.published_at) || compare(a.name, b.name),
    name: (a: Sortable, b: Sortable) => compare(a.name, b.name),
  };
  type Sortable = { name: string; downloads: number; published_at: string };
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

  for (const q of [undefined, 'tool ', 'tool', 'half', 'tool-1', 'hlaves half', 'nowhere half common']) {
    const query = q === undefined ? {} : { q };
    for (const sort of ['downloads', 'recent', 'name', 'relevance'] as const) {
      it(`pages of "${q ?? ''}" by ${sort} make the whole, once each`, () => {
        const { bundles, total } = all({ ...query, sort }, 83);
        expect(new Set(bundles.map((bundle) => bundle.name)).size).to.equal(total);
        expect(bundles).to.have.length(total);
        if (q === undefined) expect(total).to.equal(COUNT);
        if (sort !== 'relevance') expect(bundles).to.deep.equal([...bundles].sort(inOrder[sort]));
      });
    }
    it(`every order of "${q ?? ''}" holds the same packages`, () => {
      const [byRelevance, ...others] = (['relevance', 'downloads', 'recent', 'name'] as const).map((sort) =>
        all({ ...query, sort }, 100)
          .bundles.map((bundle) => bundle.name)
          .sort(),
      );
      for (const other of others) expect(other).to.deep.equal(byRelevance);
    });
  }

  it('by relevance is what a query is answered with, by downloads what is listed', () => {
    expect(namesOf(db, { q: 'half' })).to.deep.equal(namesOf(db, { q: 'half', sort: 'relevance' }));
    expect(namesOf(db, {})).to.deep.equal(namesOf(db, { sort: 'downloads' }));
    expect(namesOf(db, { sort: 'relevance' })).to.deep.equal(namesOf(db, { sort: 'downloads' }));
  });

  it('beyond the end are empty and still know the total', () => {
    expect(searchBundles(db, { q: 'half', limit: 20, offset: 1000 })).to.deep.equal({
      bundles: [],
      total: 200,
      pagination: { limit: 20, offset: 1000, has_more: false },
    });
  });
});

describe('revoked packages', () => {
  it('vanish from every search and list', () => {
    const db = indexOf(
      described('@acme/weather', 'rain'),
      described('@acme/rain', 'sun'),
      revoke('@acme/rain', '*'),
    );
    for (const query of [{ q: 'rain' }, { q: '@acme/rain' }, { q: 'rain', sort: 'name' }, {}] as const) {
      expect(namesOf(db, query)).to.deep.equal(['@acme/weather']);
      expect(searchBundles(db, { ...query, limit: 1, offset: 0 }).total).to.equal(1);
    }
    expect(closestNames(db, '@acme/rian')).to.deep.equal([]);
  });

  it('are found by the version that is left', () => {
    const db = indexOf(
      publish('@acme/echo', '1.0.0', { manifest: { description: 'old' } }),
      publish('@acme/echo', '2.0.0', { manifest: { description: 'new' } }),
      revoke('@acme/echo', '2.0.0'),
    );
    expect(find(db, 'old')).to.deep.equal(['@acme/echo']);
    expect(find(db, 'new')).to.deep.equal([]);
  });
});

describe('the closest names', () => {
  const db = indexOf(
    ...['@acme/echo', '@acme/echos', '@acne/echo', '@other/echo', '@acme/weather'].map((name) =>
      publish(name, '1.0.0'),
    ),
  );
  after(() => db.close());

  it('are at most three: the nearest, then the same name in another scope', () => {
    expect(closestNames(db, '@acme/ehco')).to.deep.equal(['@acme/echo', '@acme/echos', '@acne/echo']);
    expect(closestNames(db, '@someone/echo')).to.deep.equal(['@acme/echo', '@acne/echo', '@other/echo']);
    expect(closestNames(db, '@acme/waether')).to.deep.equal(['@acme/weather']);
  });

  it('are none of what is far away, or not a name', () => {
    expect(closestNames(db, '@zzz/nothing')).to.deep.equal([]);
    for (const name of ['', '/', '%', '@acme/%', '🎉']) expect(() => closestNames(db, name)).to.not.throw();
  });
});

describe('packages that were deprecated long ago', () => {
  const before = new Date(Date.parse(AT) + 1).toISOString();
  const many = Array.from({ length: 500 }, (_, number) =>
    described(`@acme/tool-${number}`, 'A weather tool'),
  );
  const db = indexOf(
    ...many,
    described('@acme/weather', 'Forecasts'),
    described('@acme/weather-old', 'Forecasts'),
    described('@acme/weather-back', 'Forecasts'),
    publish('@acme/weather-node', '1.0.0', { manifest: { server: { type: 'node' } } }),
    publish('@acme/weather-two', '1.0.0'),
    publish('@acme/weather-two', '2.0.0'),
    deprecate('@acme/weather-old', '*'),
    deprecate('@acme/weather-node', '*'),
    deprecate('@acme/tool-7', '*'),
    deprecate('@acme/weather-two', '1.x'),
    deprecate('@acme/weather-back', '*'),
    deprecate('@acme/weather-back', '*', ''),
  );
  const gone = ['@acme/tool-7', '@acme/weather-node', '@acme/weather-old'];
  after(() => db.close());

  for (const [what, query] of [
    ['a list', {}],
    ['a list by name', { sort: 'name' }],
    ['a list of a type', { type: 'node' }],
    ['words', { q: 'weather forecasts' }],
    ['a word of many packages', { q: 'weather' }],
    ['a name', { q: 'weather-old' }],
    ['a prefix', { q: 'wea' }],
    ['a typo', { q: 'wether' }],
    ['words by name', { q: 'weather', sort: 'name' }],
    ['words of a type', { q: 'weather', type: 'node' }],
    ['words for a system', { q: 'weather', os: 'linux' }],
  ] as const) {
    it(`are left out of ${what}, and out of its total`, () => {
      const page = { limit: 1000, offset: 0 } as const;
      const all = searchBundles(db, { ...query, ...page });
      const live = searchBundles(db, { ...query, ...page, deprecatedBefore: before });
      const expected = all.bundles.map(({ name }) => name).filter((name) => !gone.includes(name));
      expect(live.bundles.map(({ name }) => name)).to.deep.equal(expected);
      expect(live.total).to.equal(expected.length).and.to.be.lessThan(all.total);
      expect(searchBundles(db, { ...query, ...page, deprecatedBefore: AT })).to.deep.equal(all);
      const second = searchBundles(db, { ...query, limit: 1, offset: 1, deprecatedBefore: before });
      expect(second.bundles.map(({ name }) => name)).to.deep.equal(expected.slice(1, 2));
    });
  }
});
