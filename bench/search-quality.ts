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
const { db, records } = build(file);
console.log(`${records.length} packages of ${file}; ${values.count} drawn with the seed ${values.seed}`);
const words: DescriptionWords = { letters: Number(values.letters), without: commonWords(records) };
for (const kind of KINDS) {
  const { percent, misses } = measure(kind, words);
  const verdict = percent >= BARS[kind] ? 'ok' : 'MISSED';
  console.log(
    `${percent.toFixed(1).padStart(5)} %  bar ${BARS[kind]} %  ${verdict.padEnd(6)}  ${CLAIMS[kind]}`,
  );
  if (values.misses) for (const miss of misses) console.log(`         ${miss}`);
  if (percent < BARS[kind]) process.exitCode = 1;
}

const all = measure('description', { ...words, without: new Set() });
console.log(
  `${all.percent.toFixed(1).padStart(5)} %  no bar           by three words, those too that a tenth of all have`,
);

function build(source: string | URL): { db: Database.Database; records: NamedRecord[] } {
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

function measure(kind: Kind, drawn: DescriptionWords): Score {
  const random = seeded(Number(values.seed));
  const misses: string[] = [];
  let queries = 0;
  for (const item of draw(records, records.length, random)) {
    if (queries === Number(values.count)) break;
    const q = knownItemQuery(kind, item, random, drawn);
    if (q === undefined) continue;
    queries += 1;
    const { bundles } = searchBundles(db, { q, limit: FIRST, offset: 0 });
    if (!bundles.some((bundle) => bundle.name === item.entry.package))
      misses.push(`${item.entry.package}: ${q}`);
  }
  return { percent: (100 * (queries - misses.length)) / Math.max(1, queries), misses };
}
