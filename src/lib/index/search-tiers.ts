/**
 * The order of the packages that match a reading. docs/search.md has the formula; it is lexicographic: the tier, then
 * the score if the tier is small enough to be scored, then the rank.
 */
import type { Facets } from './facets.ts';
import { type Bits, bitCount, hasBit, pushRanks, WINDOW_LENGTH } from './places.ts';
import type { Matches } from './search-lists.ts';
import type { Named } from './search-named.ts';
import type { FoundReading } from './search-readings.ts';
import type { SearchStatements } from './search-statements.ts';

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
export const WORD_TIERS = [
  'name-words',
  'name-words-begun',
  'text-words',
  'text-words-begun',
  'anywhere',
] as const;

/** When too many are named so. */
export const NOBODY: Named = { whole: [], begun: [] };

/** The matches of a reading by tier. */
export interface TieredMatches {
  /** Called as typed, or their names begin so: few, and in `words` too. Ranks that pass the filters. */
  readonly named: readonly (readonly [TierName, readonly number[]])[];
  /** The first of each of WORD_TIERS that pass the filters: ranks, ascending. */
  readonly words: readonly (readonly number[])[];
  /** How many meet a tier's condition, filters aside; what is more than MAX_SCORED may be still more. */
  readonly met: readonly number[];
}

/**
 * @param passing those that pass the filters; undefined when all do
 * @param most how many of a tier that is not scored are asked for
 * @param named whose names are as typed; by default those of this index, if they are not too many
 */
export function tiersOf(
  statements: SearchStatements,
  { reading, matches }: FoundReading,
  passing: Bits | undefined,
  most: number,
  { whole, begun }: Named = statements.named(reading, matches, MAX_SCORED) ?? NOBODY,
): TieredMatches {
  const pass = (ranks: readonly number[]) =>
    passing === undefined ? ranks : ranks.filter((rank) => hasBit(passing, rank));
  return {
    named: [
      ['name', pass(whole)],
      ['name-start', pass(begun)],
    ],
    // Those that are named may be among the first of a tier, and do not count there.
    ...wordTiersOf(matches, passing, most + whole.length + begun.length),
  };
}

function wordTiersOf(
  { exact, begun }: Matches,
  passing: Bits | undefined,
  most: number,
): Pick<TieredMatches, 'words' | 'met'> {
  const room = Math.max(most, MAX_SCORED);
  const words = WORD_TIERS.map((): number[] => []) as [number[], number[], number[], number[], number[]];
  const met = [0, 0, 0, 0, 0] as [number, number, number, number, number];
  const { windows, any: openAny } = begun;
  for (let window = 0; window < windows.length; window += 1) {
    if (windows[window] === 0) continue;
    const end = (window + 1) * WINDOW_LENGTH;
    for (let i = end - WINDOW_LENGTH; i < end; i += 1) {
      const any = openAny[i] as number;
      if (any === 0) continue;
      const wholeNamed = exact.named[i] as number;
      const openNamed = begun.named[i] as number;
      const wholeText = exact.text[i] as number;
      const openText = begun.text[i] as number;
      // What is more than enough need not be counted on.
      if (met[0] <= MAX_SCORED) met[0] += bitCount(wholeNamed);
      if (met[1] <= MAX_SCORED) met[1] += bitCount(openNamed);
      if (met[2] <= MAX_SCORED) met[2] += bitCount(wholeText);
      if (met[3] <= MAX_SCORED) met[3] += bitCount(openText);
      if (met[4] <= MAX_SCORED) met[4] += bitCount(any);
      const pass = passing === undefined ? any : any & (passing[i] as number);
      if (pass === 0) continue;
      const rank = i * 32;
      pushRanks(words[0], pass & wholeNamed, rank, room);
      pushRanks(words[1], pass & openNamed & ~wholeNamed, rank, room);
      pushRanks(words[2], pass & wholeText & ~openNamed, rank, room);
      pushRanks(words[3], pass & openText & ~wholeText & ~openNamed, rank, room);
      pushRanks(words[4], pass & ~openText, rank, room);
    }
  }
  return { words, met };
}

/** How well a package fits its tier: popularity counts in powers of ten, brevity of the text in proportion. */
function scoreOf(facets: Facets, rank: number, tier: TierName): number {
  const words = tier.startsWith('name') ? facets.nameWords(rank) : facets.textWords(rank);
  return facets.popularity(rank) / Math.max(1, words);
}

/**
 * The first `count` hits of readings that share no package.
 * @param passing those that pass the filters; undefined when all do
 */
export function rankedHits(
  statements: SearchStatements,
  readings: readonly FoundReading[],
  passing: Bits | undefined,
  count: number,
): Hit[] {
  const hits: Hit[] = [];
  const seen = new Set<number>();
  const add = (hit: Hit) => {
    if (hits.length === count || seen.has(hit.rank)) return;
    seen.add(hit.rank);
    hits.push(hit);
  };
  for (const found of readings) {
    const { named, words, met } = tiersOf(statements, found, passing, count);
    for (const [tier, ranks] of named) scoredHits(statements, tier, ranks).forEach(add);
    for (const [position, tier] of WORD_TIERS.entries()) {
      if (hits.length === count) return hits;
      const ranks = words[position] as readonly number[];
      if ((met[position] as number) <= MAX_SCORED) scoredHits(statements, tier, ranks).forEach(add);
      else for (const rank of ranks) add({ rank, tier, score: undefined });
    }
  }
  return hits;
}

/** The best first. */
export function scoredHits(statements: SearchStatements, tier: TierName, ranks: readonly number[]): Hit[] {
  const facets = statements.facets();
  facets.read(ranks);
  return ranks
    .map((rank) => ({ rank, tier, score: scoreOf(facets, rank, tier) }))
    .sort((a, b) => b.score - a.score || a.rank - b.rank);
}

/** A package as a hit of a reading; undefined when it does not match. */
export function hitIn(statements: SearchStatements, found: FoundReading, rank: number): Hit | undefined {
  const { exact, begun } = found.matches;
  if (!hasBit(begun.any, rank)) return undefined;
  const facets = statements.facets();
  const { named, met } = tiersOf(statements, found, undefined, 1);
  const byName = named.find(([, ranks]) => ranks.includes(rank));
  if (byName !== undefined) return { rank, tier: byName[0], score: scoreOf(facets, rank, byName[0]) };
  const conditions = [exact.named, begun.named, exact.text, begun.text, begun.any];
  const position = conditions.findIndex((bits) => hasBit(bits, rank));
  const tier = WORD_TIERS[position] as TierName;
  return {
    rank,
    tier,
    score: (met[position] as number) <= MAX_SCORED ? scoreOf(facets, rank, tier) : undefined,
  };
}
