/**
 * How often a search finds a package that is known to be there, in the first ten hits, over real records.
 *
 *     node bench/search-quality.ts [--records FILE] [--seed N] [--count N] [--letters N] [--misses]
 *
 * `--letters` is the length of the shortest word of a description that is drawn, 3 unless it is given.
 *
 * Prints the four numbers with their bars and exits with 1 when one is missed.
 */
import { parseArgs } from 'node:util';
import type Database from 'better-sqlite3';
import { append } from '../src/lib/index/append.ts';
import { openMemoryIndex } from '../src/lib/index/open.ts';
import { searchBundles } from '../src/lib/index/search.ts';
import { encodeEntry } from '../src/lib/log/entry.ts';
import { seeded } from '../test/support/random.ts';
import { readRecords, recordsToEntries } from '../test/support/records.ts';
import { defaultRecords } from './default-records.ts';
import {
  commonWords,
  type DescriptionWords,
  draw,
  KINDS,
  type Kind,
  knownItemQuery,
  MIN_DESCRIPTION_WORD,
  type NamedRecord,
} from './known-items.ts';
import { type Row, row } from './rows.ts';

/** Percent of the packages that must be among the first ten. */
const BARS: Readonly<Record<Kind, number>> = { name: 98, swapped: 85, description: 93, typing: 80 };

const CLAIMS: Readonly<Record<Kind, string>> = {
  name: 'by the words of its name',
  swapped: 'by its name with two letters swapped',
  description: 'by three words of its description',
  typing: 'by the first 70 % of its name',
};

const FIRST = 10;

interface Score {
  readonly percent: number;
  readonly misses: readonly string[];
}

interface Corpus {
  readonly db: Database.Database;
  readonly records: readonly NamedRecord[];
}

interface Drawn {
  readonly seed: number;
  readonly count: number;
  readonly words: DescriptionWords;
}

export interface QualityOptions {
  readonly records: string | URL;
  readonly seed: number;
  /** Searches of each kind. */
  readonly count: number;
  /** The shortest word of a description that is drawn. */
  readonly letters: number;
}

export interface Quality {
  /** How many packages there are. */
  readonly records: number;
  /** Without a bar: it is told. */
  readonly scores: readonly (Score & { readonly claim: string; readonly bar?: number })[];
}

/** A row a kind of search: the part of all that is found. */
export function measureQuality(options: Partial<QualityOptions> = {}): Row[] {
  const { scores } = searchQuality({
    records: defaultRecords(),
    seed: 1,
    count: 1000,
    letters: MIN_DESCRIPTION_WORD,
    ...options,
  });
  return scores.map(({ claim, percent, bar }) =>
    row({
      measure: `search: found ${claim} / all that are drawn`,
      ours: percent,
      baseline: 100,
      unit: '%',
      ...(bar !== undefined && { bar: bar / 100, atLeast: true }),
    }),
  );
}

export function searchQuality({ records: source, seed, count, letters }: QualityOptions): Quality {
  const corpus = build(source);
  try {
    const words: DescriptionWords = { letters, without: commonWords(corpus.records) };
    const scores = KINDS.map((kind) => ({
      claim: CLAIMS[kind],
      bar: BARS[kind],
      ...measure(corpus, kind, { seed, count, words }),
    }));
    const all = measure(corpus, 'description', { seed, count, words: { ...words, without: new Set() } });
    const claim = 'by three words, those too that a tenth of all have';
    return { records: corpus.records.length, scores: [...scores, { claim, ...all }] };
  } finally {
    corpus.db.close();
  }
}

function build(source: string | URL): Corpus {
  const index = openMemoryIndex();
  const named = new Map<string, NamedRecord>();
  for (const record of readRecords(source)) {
    for (const entry of recordsToEntries([record])) {
      if (!named.has(entry.package)) named.set(entry.package, { ...record, entry });
    }
  }
  const lines = [...named.values()].map(({ entry }) => encodeEntry(entry));
  index.transaction(() => append(index, lines, { keepLines: false })).immediate();
  return { db: index, records: [...named.values()] };
}

function measure({ db, records }: Corpus, kind: Kind, options: Drawn): Score {
  const random = seeded(options.seed);
  const misses: string[] = [];
  let queries = 0;
  for (const item of draw(records, records.length, random)) {
    if (queries === options.count) break;
    const q = knownItemQuery(kind, item, random, options.words);
    if (q === undefined) continue;
    queries += 1;
    const { bundles } = searchBundles(db, { q, limit: FIRST, offset: 0 });
    if (!bundles.some((bundle) => bundle.name === item.entry.package))
      misses.push(`${item.entry.package}: ${q}`);
  }
  return { percent: (100 * (queries - misses.length)) / Math.max(1, queries), misses };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      records: { type: 'string' },
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '1000' },
      letters: { type: 'string', default: String(MIN_DESCRIPTION_WORD) },
      misses: { type: 'boolean', default: false },
    },
  });
  const file = values.records ?? defaultRecords();
  const scores = searchQuality({
    records: file,
    seed: Number(values.seed),
    count: Number(values.count),
    letters: Number(values.letters),
  });
  console.log(`${scores.records} packages of ${file}; ${values.count} drawn with the seed ${values.seed}`);
  for (const { claim, percent, bar, misses } of scores.scores) {
    const verdict = bar === undefined ? '' : percent >= bar ? 'ok' : 'MISSED';
    const asked = bar === undefined ? 'no bar' : `bar ${bar} %`;
    console.log(`${percent.toFixed(1).padStart(5)} %  ${asked.padEnd(8)}  ${verdict.padEnd(6)}  ${claim}`);
    if (values.misses && bar !== undefined) for (const miss of misses) console.log(`         ${miss}`);
    if (verdict === 'MISSED') process.exitCode = 1;
  }
}
