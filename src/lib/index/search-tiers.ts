/**
 * The order of the packages that match a reading. docs/search.md has the formula; it is lexicographic: the tier, then
 * the score if the tier is small enough to be scored, then the rank.
 */
import type Database from 'better-sqlite3';
import { type Filter, onPackages, onSearch } from './search-filter.ts';
import { namedPackages } from './search-named.ts';
import { type Reading, wordsExpression } from './search-query.ts';

/** A tier whose condition more packages meet, filters aside, is in the order of popularity alone. */
export const MAX_SCORED = 400;

/** What a package is found by, the best first. */
export const TIERS = [
  'name',
  'name-start',
  'name-words',
  'name-words-begun',
  'text-words',
  'text-words-begun',
  'anywhere',
] as const;
export type TierName = (typeof TIERS)[number];

/** The columns of `search`, in the order of their word counts in `search_docsize`. */
const COLUMNS = [
  'name',
  'scope',
  'display_name',
  'description',
  'keywords',
  'author',
  'tool_names',
  'tool_descriptions',
] as const;
type Column = (typeof COLUMNS)[number];

const NAMED: readonly Column[] = ['name', 'scope', 'display_name'];
const TEXT: readonly Column[] = [...NAMED, 'description', 'keywords'];
const BRIEF_NAME: readonly Column[] = ['name'];
const BRIEF_TEXT: readonly Column[] = ['description', 'keywords'];

export interface Tier {
  readonly name: TierName;
  /** What meets its condition: matches of an expression, or packages by rank. */
  readonly members: { readonly expression: string } | { readonly ranks: readonly number[] };
  /** The fewer words these columns have, the better the match. */
  readonly shortness: readonly Column[];
}

export interface Hit {
  readonly rank: number;
  readonly tier: TierName;
  /** undefined in a tier that holds too many to be scored. */
  readonly score: number | undefined;
}

/** The tiers of a reading that any package could be in. A package is in the first whose condition it meets. */
export function tiersOf(db: Database.Database, reading: Reading): Tier[] {
  const { whole, begun } = namedPackages(db, reading, MAX_SCORED);
  const tiers: Tier[] = [];
  if (whole.length > 0) tiers.push({ name: 'name', members: { ranks: whole }, shortness: BRIEF_NAME });
  if (begun.length > 0) tiers.push({ name: 'name-start', members: { ranks: begun }, shortness: BRIEF_NAME });

  const exact = wordsExpression(reading, { prefix: false });
  const open = wordsExpression(reading, { prefix: true });
  const longer = open === exact ? undefined : open;
  const among = (
    name: TierName,
    columns: readonly Column[],
    words: string | undefined,
    shortness: readonly Column[],
  ) => {
    if (words === undefined) return;
    tiers.push({ name, members: { expression: `{${columns.join(' ')}} : (${words})` }, shortness });
  };
  among('name-words', NAMED, exact, BRIEF_NAME);
  among('name-words-begun', NAMED, longer, BRIEF_NAME);
  among('text-words', TEXT, exact, BRIEF_TEXT);
  among('text-words-begun', TEXT, longer, BRIEF_TEXT);
  among('anywhere', COLUMNS, open, BRIEF_TEXT);
  return tiers;
}

/** How well a package fits its tier: popularity counts in powers of ten, brevity of the text in proportion. */
export function score(downloads: number, words: number): number {
  return (1 + Math.log10(1 + downloads)) / Math.max(1, words);
}

/** The first `count` hits of readings that share no package. */
export function rankedHits(
  db: Database.Database,
  readings: readonly Reading[],
  filter: Filter,
  count: number,
): Hit[] {
  const tiers = tierReader(db, filter);
  const hits: Hit[] = [];
  const seen = new Set<number>();
  for (const tier of readings.flatMap((reading) => tiersOf(db, reading))) {
    for (const hit of tiers(tier, count - hits.length + seen.size)) {
      if (seen.has(hit.rank)) continue;
      seen.add(hit.rank);
      hits.push(hit);
      if (hits.length === count) return hits;
    }
  }
  return hits;
}

/** A package as a hit of a tier; undefined when it does not meet the tier's condition. */
export function hitIn(db: Database.Database, tier: Tier, rank: number): Hit | undefined {
  const row = scoredRows(db, tier, 'AND packages.rank = ?', [rank])[0];
  if (row === undefined) return undefined;
  return holdsTooMany(db)(tier) ? { rank, tier: tier.name, score: undefined } : scoredHit(tier, row);
}

/** Returns a function from a tier to its first hits, in order; all of them when they are scored. */
function tierReader(db: Database.Database, filter: Filter): (tier: Tier, count: number) => Hit[] {
  const tooMany = holdsTooMany(db);
  const all = onPackages(filter);
  const [join, few] =
    filter.where === '' ? ['', onSearch(filter)] : ['JOIN packages ON packages.rank = search.rowid', all];
  const byRank = db
    .prepare<unknown[], number>(
      `SELECT search.rowid FROM search ${join} WHERE search MATCH ? ${few.where} ORDER BY search.rowid LIMIT ?`,
    )
    .pluck();
  return (tier, count) => {
    if ('expression' in tier.members && tooMany(tier)) {
      const ranks = byRank.all(tier.members.expression, ...few.parameters, count);
      return ranks.map((rank) => ({ rank, tier: tier.name, score: undefined }));
    }
    return scoredRows(db, tier, all.where, all.parameters)
      .map((row) => scoredHit(tier, row))
      .sort((a, b) => b.score - a.score || a.rank - b.rank);
  };
}

interface ScoredRow {
  readonly rank: number;
  readonly downloads: number;
  readonly sizes: Buffer;
}

function scoredRows(
  db: Database.Database,
  { members }: Tier,
  where: string,
  parameters: readonly unknown[],
): ScoredRow[] {
  const [source, first] =
    'expression' in members
      ? ['search JOIN packages ON packages.rank = search.rowid WHERE search MATCH ?', members.expression]
      : [
          'json_each(?) AS ranks JOIN packages ON packages.rank = ranks.value WHERE true',
          JSON.stringify(members.ranks),
        ];
  return db
    .prepare<unknown[], ScoredRow>(
      `SELECT packages.rank, packages.downloads,
         (SELECT sz FROM search_docsize WHERE id = packages.rank) AS sizes
       FROM ${source} ${where}`,
    )
    .all(first, ...parameters);
}

function scoredHit(tier: Tier, row: ScoredRow): Hit & { score: number } {
  const words = countWords(row.sizes, tier.shortness);
  return { rank: row.rank, tier: tier.name, score: score(row.downloads, words) };
}

function holdsTooMany(db: Database.Database): (tier: Tier) => boolean {
  const some = db.prepare(`SELECT rowid FROM search WHERE search MATCH ? LIMIT ${MAX_SCORED + 1}`).pluck();
  return ({ members }) => 'expression' in members && some.all(members.expression).length > MAX_SCORED;
}

/** Reads word counts out of a row of `search_docsize`: a varint for each column (FTS5 documentation, 4.4). */
export function countWords(sizes: Uint8Array, columns: readonly Column[]): number {
  let at = 0;
  let words = 0;
  for (const column of COLUMNS) {
    let size = 0;
    for (;;) {
      const byte = sizes[at] ?? 0;
      at += 1;
      size = size * 0x80 + (byte & 0x7f);
      if (byte < 0x80) break;
    }
    if (columns.includes(column)) words += size;
  }
  return words;
}
