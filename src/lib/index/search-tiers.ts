/**
 * The order of the packages that match a reading. docs/search.md has the formula; it is lexicographic: the tier, then
 * the score if the tier is small enough to be scored, then the rank.
 */
import { NAMED, type Postings, placeOf, postingOf, rankOf, TEXT } from './posting-list.ts';
import type { Matches } from './search-lists.ts';
import type { Reading } from './search-query.ts';
import type { ScoredRow, SearchStatements } from './search-statements.ts';

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

export interface Hit {
  readonly rank: number;
  readonly tier: TierName;
  /** undefined in a tier that holds too many to be scored. */
  readonly score: number | undefined;
}

/** Tiers by where the words are. The condition of a later one is wider than those of the tiers before it. */
const WORD_TIERS = ['name-words', 'name-words-begun', 'text-words', 'text-words-begun', 'anywhere'] as const;

/** The matches of a reading, each with its tier, filters aside. */
export interface TieredMatches {
  /** Called as typed, or their names begin so: few, and in `words` too. Ranks. */
  readonly named: readonly (readonly [TierName, readonly number[]])[];
  /** All: by rank, with the position of its tier in WORD_TIERS. */
  readonly words: Postings;
  /** Whether so few meet a tier's condition that they are scored, by position in WORD_TIERS. */
  readonly scored: readonly boolean[];
}

export function tiersOf(statements: SearchStatements, reading: Reading, matches: Matches): TieredMatches {
  const { whole, begun } = statements.named(reading, MAX_SCORED);
  const named = [['name', whole] as const, ['name-start', begun] as const];
  return { named, ...wordTiersOf(matches) };
}

/** No place: the words as they are typed are not all there. */
const ABSENT = 3;

function wordTiersOf({ exact, begun }: Matches): Pick<TieredMatches, 'words' | 'scored'> {
  const words = new Uint32Array(begun.length);
  const met = WORD_TIERS.map(() => 0) as [number, number, number, number, number];
  let j = 0;
  for (let i = 0; i < begun.length; i += 1) {
    const posting = begun[i] as number;
    const rank = rankOf(posting);
    while (j < exact.length && rankOf(exact[j] as number) < rank) j += 1;
    const whole =
      j < exact.length && rankOf(exact[j] as number) === rank ? placeOf(exact[j] as number) : ABSENT;
    const open = placeOf(posting);
    if (whole === NAMED) met[0] += 1;
    if (open === NAMED) met[1] += 1;
    if (whole <= TEXT) met[2] += 1;
    if (open <= TEXT) met[3] += 1;
    const tier = whole === NAMED ? 0 : open === NAMED ? 1 : whole <= TEXT ? 2 : open <= TEXT ? 3 : 4;
    words[i] = postingOf(rank, tier);
  }
  met[4] = begun.length;
  return { words, scored: met.map((count) => count <= MAX_SCORED) };
}

/** How well a package fits its tier: popularity counts in powers of ten, brevity of the text in proportion. */
export function score(downloads: number, words: number): number {
  return (1 + Math.log10(1 + downloads)) / Math.max(1, words);
}

/**
 * The first `count` hits of readings that share no package.
 * @param pass what is left of a list when the filters have been applied
 */
export function rankedHits(
  statements: SearchStatements,
  readings: readonly TieredMatches[],
  pass: (postings: Postings) => Postings,
  count: number,
): Hit[] {
  const hits: Hit[] = [];
  const seen = new Set<number>();
  const add = (hit: Hit) => {
    if (hits.length === count || seen.has(hit.rank)) return;
    seen.add(hit.rank);
    hits.push(hit);
  };
  for (const { named, words, scored } of readings) {
    for (const [tier, ranks] of named) {
      const passing = pass(Uint32Array.from(ranks, (rank) => postingOf(rank, 0)).sort());
      scoredHits(statements, tier, Array.from(passing, rankOf)).forEach(add);
    }
    const passing = hits.length < count ? pass(words) : words;
    for (const [position, tier] of WORD_TIERS.entries()) {
      if (hits.length === count) return hits;
      if (scored[position]) scoredHits(statements, tier, ranksIn(passing, position, MAX_SCORED)).forEach(add);
      else
        for (const rank of ranksIn(passing, position, count + seen.size))
          add({ rank, tier, score: undefined });
    }
  }
  return hits;
}

/** The first of a tier, by rank. */
function ranksIn(words: Postings, tier: number, most: number): number[] {
  const ranks: number[] = [];
  for (let i = 0; i < words.length && ranks.length < most; i += 1) {
    const posting = words[i] as number;
    if (placeOf(posting) === tier) ranks.push(rankOf(posting));
  }
  return ranks;
}

function scoredHits(statements: SearchStatements, tier: TierName, ranks: readonly number[]): Hit[] {
  return ranks
    .flatMap((rank) => statements.scored.get(rank) ?? [])
    .map((row) => ({ rank: row.rank, tier, score: scoreIn(tier, row) }))
    .sort((a, b) => b.score - a.score || a.rank - b.rank);
}

function scoreIn(tier: TierName, { downloads, name_words, text_words }: ScoredRow): number {
  return score(downloads, tier.startsWith('name') ? name_words : text_words);
}

/** A package as a hit of a reading; undefined when it does not match. */
export function hitIn(statements: SearchStatements, matches: TieredMatches, rank: number): Hit | undefined {
  const { named, words, scored } = matches;
  const all = words.find((posting) => rankOf(posting) === rank);
  const row = statements.scored.get(rank);
  if (all === undefined || row === undefined) return undefined;
  const byName = named.find(([, ranks]) => ranks.includes(rank));
  if (byName !== undefined) return { rank, tier: byName[0], score: scoreIn(byName[0], row) };
  const position = placeOf(all);
  const tier = WORD_TIERS[position] as TierName;
  return { rank, tier, score: scored[position] ? scoreIn(tier, row) : undefined };
}
