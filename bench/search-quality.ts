/**
 * How often a search finds a package that is known to be there, in the first ten hits, over real records.
 *
 *     node bench/search-quality.ts [--records FILE] [--seed N] [--count N] [--letters N] [--misses]
 *
 * `--letters` is the length of the shortest word of a description that is drawn, 3 unless it is given.
 *
 * Prints the four numbers with their bars and exits with 1 when one is missed.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type Database from 'better-sqlite3';
import { append } from '../src/lib/index/append.ts';
import { openMemoryIndex } from '../src/lib/index/open.ts';
import { searchBundles } from '../src/lib/index/search.ts';
import { encodeEntry } from '../src/lib/log/entry.ts';
import { readRecords, recordsToEntries } from '../test/support/records.ts';
import {
  draw,
  KINDS,
  type Kind,
  knownItemQuery,
  MIN_DESCRIPTION_WORD,
  type NamedRecord,
  seeded,
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
  readonly queries: number;
  readonly found: number;
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
for (const kind of KINDS) {
  const { queries, found, misses } = measure(db, records, kind, Number(values.seed), Number(values.count));
  const percent = (100 * found) / Math.max(1, queries);
  const verdict = percent >= BARS[kind] ? 'ok' : 'MISSED';
  console.log(
    `${percent.toFixed(1).padStart(5)} %  bar ${BARS[kind]} %  ${verdict.padEnd(6)}  ${CLAIMS[kind]}`,
  );
  if (values.misses) for (const miss of misses) console.log(`         ${miss}`);
  if (percent < BARS[kind]) process.exitCode = 1;
}

/** The whole corpus where it lies beside the repository, else the sample inside it. */
function defaultRecords(): string | URL {
  const whole = new URL('../../shared/data/mcp-packages.ndjson.gz', import.meta.url);
  return existsSync(whole) ? whole : new URL('../test/fixtures/records.ndjson.gz', import.meta.url);
}

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

function measure(
  index: Database.Database,
  items: readonly NamedRecord[],
  kind: Kind,
  seed: number,
  count: number,
): Score {
  const random = seeded(seed);
  const misses: string[] = [];
  let queries = 0;
  for (const item of draw(items, items.length, random)) {
    if (queries === count) break;
    const q = knownItemQuery(kind, item, random, Number(values.letters));
    if (q === undefined) continue;
    queries += 1;
    const { bundles } = searchBundles(index, { q, limit: FIRST, offset: 0 });
    if (!bundles.some((bundle) => bundle.name === item.entry.package))
      misses.push(`${item.entry.package}: ${q}`);
  }
  return { queries, found: queries - misses.length, misses };
}
