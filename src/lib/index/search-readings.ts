/**
 * The readings of a query, strictest first: its words as they are; typing mistakes forgiven; words left out. A later
 * one counts only when the earlier ones find no package at all, filters aside, so that a filter never changes what a
 * query means.
 */
import { type Postings, rankOf } from './posting-list.ts';
import { EVERYTHING, type PostingsReader } from './postings.ts';
import { type Matches, QueryLists } from './search-lists.ts';
import { parseQuery, type Reading, readingOf, type Term, type TypedQuery } from './search-query.ts';
import { MIN_FORGIVEN_LENGTH, spellingCorrector } from './search-typo.ts';

/** A word is common when more than one in this many packages hold it. It is spelled as it is meant, and whole. */
const COMMON_ONE_IN = 10;

/** Words from which some are left out: the rarest that the index knows. There are 2^6 ways to do it. */
const MAX_PARTIAL_WORDS = 6;

export interface Interpretation {
  readonly kind: 'exact' | 'forgiven' | 'partial';
  /** No package is in two of them; hits of the first come first. Empty when nothing is found. */
  readonly readings: readonly FoundReading[];
}

/** A reading that matches something. */
export interface FoundReading {
  readonly reading: Reading;
  readonly matches: Matches;
}

export function interpret(postings: PostingsReader, text: string): Interpretation {
  const query = parseQuery(text);
  if (query.words.length === 0) return { kind: 'exact', readings: [] };
  const known = frequencies(postings, query.distinct);
  const lists = new QueryLists(postings);
  const found = (reading: Reading): FoundReading[] => {
    const matches = lists.reading(reading);
    return matches.begun.length > 0 ? [{ reading, matches }] : [];
  };

  const exact = termsOf(query, known, (word) => (known.df(word) > 0 ? [[word]] : []));
  const asTyped = found(readingOf(query, exact));
  if (asTyped.length > 0) return { kind: 'exact', readings: asTyped };

  const correct = spellingCorrector(postings);
  const forgiven = termsOf(query, known, (word) => {
    const itself = known.df(word) > 0 ? [[word]] : [];
    return word.length < MIN_FORGIVEN_LENGTH || known.common(word) ? itself : [...itself, ...correct(word)];
  });
  const corrected = found(readingOf(query, forgiven));
  if (corrected.length > 0) return { kind: 'forgiven', readings: corrected };

  const best = new Map([...exact].map(([word, term]) => [word, isEmpty(term) ? forgiven.get(word) : term]));
  const readings = partialReadings(query, best as Map<string, Term>, known.df, lists);
  return { kind: 'partial', readings: readings.flatMap(found) };
}

/** Those that leave out as few words as possible; among them, the ones that leave out commoner words first. */
function partialReadings(
  query: TypedQuery,
  terms: ReadonlyMap<string, Term>,
  df: (word: string) => number,
  lists: QueryLists,
): Reading[] {
  const words = [...terms]
    .map(([word, term]) => ({
      word,
      term,
      list: lists.term(term).begun,
      df: term.spellings.length > 0 && df(word) > 0 ? df(word) : 1,
    }))
    .filter(({ list }) => list.length > 0)
    .sort((a, b) => a.df - b.df)
    .slice(0, MAX_PARTIAL_WORDS);
  const [size, held] = mostHeldTogether(words.map(({ list }) => list));
  return combinations([...words.keys()], size)
    .filter((some) => held.has(some.reduce((set, word) => set | (1 << word), 0)))
    .map((some) =>
      readingOf(query, new Map(some.map((word) => [words[word]?.word as string, words[word]?.term as Term]))),
    );
}

/**
 * @param lists few: all sets of them are counted
 * @returns in how many of the lists a package is at most, and those sets of that many lists that a package is in: a bit
 * for each list
 */
function mostHeldTogether(lists: readonly Postings[]): [size: number, sets: ReadonlySet<number>] {
  const last = lists.reduce((rank, list) => Math.max(rank, rankOf(list.at(-1) as number)), 0);
  const sets = new Uint32Array(last + 1);
  for (const [bit, list] of lists.entries()) {
    for (let i = 0; i < list.length; i += 1) {
      const rank = rankOf(list[i] as number);
      sets[rank] = (sets[rank] as number) | (1 << bit);
    }
  }
  const held = new Uint8Array(1 << lists.length);
  for (let rank = 0; rank <= last; rank += 1) held[sets[rank] as number] = 1;
  const some = [...held.keys()].filter((set) => held[set] === 1);
  const most = Math.max(...some.map(bitsIn));
  return [most, new Set(some.filter((set) => bitsIn(set) === most))];
}

function bitsIn(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

/** All choices of that many items; those of earlier items first. */
function combinations<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) =>
    combinations(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

function termsOf(
  query: TypedQuery,
  known: Frequencies,
  spell: (word: string) => string[][],
): Map<string, Term> {
  return new Map(
    query.distinct.map((word) => [
      word,
      { spellings: spell(word), prefix: word === query.open && !known.common(word) ? word : undefined },
    ]),
  );
}

function isEmpty(term: Term): boolean {
  return term.spellings.length === 0 && term.prefix === undefined;
}

interface Frequencies {
  /** How many packages hold the word. */
  readonly df: (word: string) => number;
  readonly common: (word: string) => boolean;
}

function frequencies(postings: PostingsReader, words: readonly string[]): Frequencies {
  const counts = new Map(words.map((word) => [word, postings.count(word)]));
  const packages = postings.count(EVERYTHING);
  const df = (word: string) => counts.get(word) ?? 0;
  return { df, common: (word) => df(word) * COMMON_ONE_IN > packages };
}
