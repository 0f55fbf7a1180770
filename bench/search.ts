/**
 * Search in process: a mix of 1,000 queries over 1,000 and 100,000 packages, against a full-text search of SQLite that
 * orders by bm25.
 *
 *     node bench/search.ts [--quick]
 *
 * Every query's first ten are compared with an exhaustive ranking by the formula of docs/search.md first; one that
 * differs ends the run. Each query is then timed several times and its best time counts, so that what else the machine
 * does is not taken for the query's.
 */
import type Database from 'better-sqlite3';
import { append } from '../src/lib/index/append.ts';
import type { Bundle, SearchQuery, ServerType, Sort } from '../src/lib/index/bundle-types.ts';
import { wordsOf } from '../src/lib/index/document.ts';
import { openMemoryIndex } from '../src/lib/index/open.ts';
import { rerank } from '../src/lib/index/rank.ts';
import { searchBundles } from '../src/lib/index/search.ts';
import { longDeprecated } from '../src/lib/index/search-filter.ts';
import { type Entry, encodeEntry, type PublishEntry } from '../src/lib/log/entry.ts';
import { NaiveSearch } from '../test/lib/index/search-naive.ts';
import { seeded } from '../test/support/random.ts';
import { corpus } from './corpus.ts';
import { median, printRows, type Row, row } from './rows.ts';

const SEED = 20_260_102;
const QUERIES = 1000;
const ROUNDS = 5;
const NOW = new Date('2026-11-01T00:00:00Z');

export async function measureSearch({ quick = false } = {}): Promise<Row[]> {
  const [few, many] = [built(1000), built(quick ? 20_000 : 100_000)];
  try {
    compareWithAll(few.db, few.queries);
    compareWithAll(many.db, many.queries);
    const baseline = baselineTime(many.db);
    const [small, large] = [times(few), times(many)];
    const packages = `${many.size.toLocaleString('en')} packages`;
    const on = (measure: string, ours: number, against: number, bar?: number) =>
      row({ measure, ours, baseline: against, unit: 'ms', ...(bar !== undefined && { bar }) });
    return [
      on(`search, median of the mix, ${packages} / bm25 on \`server\``, quantile(large, 0.5), baseline),
      on(`search, p99 of the mix, ${packages} / bm25 on \`server\``, quantile(large, 0.99), baseline, 0.1),
      on(`search, worst of the mix, ${packages} / bm25 on \`server\``, quantile(large, 1), baseline, 0.2),
      on(`search, p99, ${packages} / 1,000 packages`, quantile(large, 0.99), quantile(small, 0.99), 3),
    ];
  } finally {
    few.db.close();
    many.db.close();
  }
}

interface Built {
  readonly db: Database.Database;
  readonly size: number;
  readonly queries: readonly SearchQuery[];
}

function built(size: number): Built {
  const random = seeded(SEED);
  const db = openMemoryIndex();
  const entries = corpus(size).map((entry) => varied(entry, random));
  const lines = entries.flatMap((entry) => [entry, ...statementsOn(entry, random)]).map(encodeEntry);
  db.transaction(() => {
    append(db, lines, { keepLines: false });
    // Few are known to many: the popularity of packages follows a power law.
    db.function('popularity', () => Math.floor(10 / (random() + 1e-5)));
    db.exec('UPDATE packages SET downloads = popularity()');
    rerank(db);
  })();
  return { db, size, queries: mixOf(entries, seeded(SEED)) };
}

/** What records lack: platforms, dates and some types. */
function varied(entry: PublishEntry, random: () => number): PublishEntry {
  const os = pick(['any', 'any', 'any', 'linux', 'darwin', 'win32'] as const, random);
  const arch = os === 'any' ? 'any' : pick(['x64', 'arm64', 'any'] as const, random);
  const type = random() < 0.1 ? 'binary' : entry.manifest.server?.type;
  return {
    ...entry,
    at: new Date(Date.UTC(2025, 0, 1) + Math.floor(random() * 300 * 86_400) * 1000).toISOString(),
    manifest: { ...entry.manifest, ...(type !== undefined && { server: { type } }) },
    artifact: { ...entry.artifact, os, arch },
  };
}

/** Half of the packages are certified, one in a hundred was deprecated long ago. */
function statementsOn({ package: name, version, artifact }: PublishEntry, random: () => number): Entry[] {
  const at = '2026-02-01T00:00:00.000Z';
  const statements: Entry[] = [];
  if (random() < 0.5) {
    statements.push({
      kind: 'certify',
      package: name,
      version,
      sha256: artifact.sha256,
      level: 1 + Math.floor(random() * 4),
      controls: {},
      scanner: { name: 'bench', version: '1' },
      at,
    });
  }
  if (random() < 0.01) {
    statements.push({ kind: 'deprecate', package: name, versions: '*', message: 'Use another.', at });
  }
  return statements;
}

/** Rare and common words, beginnings, several words, mistakes, filters and orders, in equal parts. */
function mixOf(entries: readonly PublishEntry[], random: () => number): SearchQuery[] {
  const common = [
    'server',
    'mcp',
    'mcp server',
    'server for',
    'the',
    'ai',
    'mcp server for',
    'api',
    'tools',
    'model context protocol',
  ];
  const words = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? ['mcp'];
  const entry = () => pick(entries, random);
  const nameWords = () => words(entry().package.slice(1));
  const textWords = () => words(entry().manifest.description ?? '');
  const long = () => nameWords().reduce((a, b) => (a.length >= b.length ? a : b));
  const swapped = (word: string) => {
    const at = Math.floor(random() * Math.max(1, word.length - 1));
    return word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);
  };
  const anything = () => pick([() => pick(common, random), () => pick(textWords(), random), long], random)();
  const filter = (): Partial<SearchQuery> =>
    pick<() => Partial<SearchQuery>>(
      [
        () => ({ type: pick<ServerType>(['node', 'python', 'binary', 'uv'], random) }),
        () => ({ certified: 1 + Math.floor(random() * 4) }),
        () => ({ os: pick(['linux', 'darwin', 'win32'] as const, random) }),
        () => ({ os: 'linux', arch: pick(['x64', 'arm64'] as const, random) }),
        () => ({ type: 'node', certified: 2, os: 'darwin', arch: 'arm64' }),
      ],
      random,
    )();
  const sort = (): Sort => pick<Sort>(['downloads', 'recent', 'name'], random);
  const kinds: readonly (() => Partial<SearchQuery>)[] = [
    () => ({ q: long() }),
    () => ({ q: pick(common, random) }),
    () => ({ q: long().slice(0, 1 + Math.floor(random() * 3)) }),
    () => ({ q: `${pick(common, random)} ${long().slice(0, 1 + Math.floor(random() * 6))}` }),
    () => ({ q: nameWords().join(' ') }),
    () => ({
      q: Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(textWords(), random)).join(' '),
    }),
    () => ({ q: swapped(long()) }),
    () => ({ q: `${swapped(long())} ${pick(common, random)}` }),
    () => ({ q: anything(), ...filter() }),
    () => ({ q: anything(), sort: sort() }),
    () => ({ q: anything(), ...filter(), sort: sort() }),
    () => ({ ...filter(), sort: sort() }),
  ];
  return Array.from({ length: QUERIES }, (_, i) => ({
    ...(kinds[i % kinds.length] as () => Partial<SearchQuery>)(),
    ...longDeprecated(NOW),
    limit: 20,
    offset: 0,
  }));
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T;
}

interface Facts {
  readonly name: string;
  readonly downloads: number;
  readonly published_at: string;
  readonly server_type: string | null;
  readonly certification_level: number | null;
  readonly deprecated_at: string | null;
  readonly os: string;
  readonly arch: string;
}

/** @throws when the first ten of a query, or how many it finds, are not those of the exhaustive ranking */
function compareWithAll(db: Database.Database, queries: readonly SearchQuery[]): void {
  const naive = new NaiveSearch(db);
  const rows = db
    .prepare<[], Facts>(
      `SELECT p.*, a.os, a.arch FROM packages p JOIN artifacts a ON a.version_id = p.latest_id ORDER BY rank`,
    )
    .all();
  const facts = new Map(rows.map((one) => [one.name, one]));
  for (const query of queries) {
    const names = query.q === undefined ? rows.map(({ name }) => name) : naive.search(query.q);
    const expected = names
      .map((name) => facts.get(name) as Facts)
      .filter((one) => passes(one, query))
      .sort(orderOf(query.sort))
      .map(({ name }) => name);
    const { bundles, total } = searchBundles(db, query);
    const first = (list: readonly Pick<Bundle, 'name'>[]) =>
      list
        .slice(0, 10)
        .map(({ name }) => name)
        .join(' ');
    const same = first(bundles) === expected.slice(0, 10).join(' ') && total === expected.length;
    if (!same) throw new Error(`not as the formula says: ${JSON.stringify(query)}`);
  }
}

function passes(one: Facts, { type, certified, os, arch, deprecatedBefore }: SearchQuery): boolean {
  const runs = (asked: string | undefined, has: string) =>
    asked === undefined || has === asked || has === 'any';
  return (
    (type === undefined || one.server_type === type) &&
    (certified === undefined || (one.certification_level ?? 0) >= certified) &&
    runs(os, one.os) &&
    runs(arch, one.arch) &&
    !(one.deprecated_at !== null && Date.parse(one.deprecated_at) < Date.parse(deprecatedBefore ?? ''))
  );
}

/** Keeps what is equal where it is. */
function orderOf(sort: Sort | undefined): (a: Facts, b: Facts) => number {
  const byName = (a: Facts, b: Facts) => (a.name < b.name ? -1 : 1);
  switch (sort) {
    case 'downloads':
      return (a, b) => b.downloads - a.downloads || byName(a, b);
    case 'recent':
      return (a, b) => Date.parse(b.published_at) - Date.parse(a.published_at) || byName(a, b);
    case 'name':
      return byName;
    default:
      return () => 0;
  }
}

/** Milliseconds of each query: the best of some rounds. */
function times({ db, queries }: Built): number[] {
  const best = queries.map(() => Number.POSITIVE_INFINITY);
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [i, query] of queries.entries()) {
      const start = performance.now();
      searchBundles(db, query);
      if (round >= 0) best[i] = Math.min(best[i] as number, performance.now() - start);
    }
  }
  if (process.env.SLOWEST !== undefined) {
    for (const i of [...best.keys()].sort((a, b) => (best[b] as number) - (best[a] as number)).slice(0, 40))
      console.error(best[i]?.toFixed(2), JSON.stringify(queries[i]));
  }
  return best;
}

/** The same packages in FTS5's own index, with a column for each that we search. Milliseconds, the median of runs. */
function baselineTime(db: Database.Database): number {
  db.exec(
    `CREATE VIRTUAL TABLE temp.plain USING fts5 (name, description, content = '', tokenize = "ascii tokenchars '+#'")`,
  );
  const insert = db.prepare('INSERT INTO temp.plain (rowid, name, description) VALUES (?, ?, ?)');
  const packages = db.prepare('SELECT rank, name, description FROM packages').all() as {
    rank: number;
    name: string;
    description: string | null;
  }[];
  const empty = { display_name: null, keywords: '', author_name: null, tools: [] };
  db.transaction(() => {
    for (const { rank, name, description } of packages) {
      const words = (text: string | null) =>
        [...wordsOf({ ...empty, name: `@/${text ?? ''}`, description: null }).terms.keys()].filter((term) =>
          /^[^*]/.test(term),
        );
      insert.run(rank, words(name).join(' '), words(description).join(' '));
    }
    db.exec("INSERT INTO temp.plain (plain) VALUES ('optimize')");
  })();
  const search = db.prepare(
    "SELECT rowid FROM temp.plain WHERE plain MATCH 'server' ORDER BY bm25(plain) LIMIT 20",
  );
  const runs = Array.from({ length: 21 }, () => {
    const start = performance.now();
    search.all();
    return performance.now() - start;
  });
  db.exec('DROP TABLE temp.plain');
  return median(runs);
}

function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] as number;
}

if (import.meta.main) {
  const rows = await measureSearch({ quick: process.argv.includes('--quick') });
  printRows(rows);
  if (rows.some(({ pass }) => !pass)) process.exitCode = 1;
}
