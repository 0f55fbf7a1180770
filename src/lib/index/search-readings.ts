/**
 * The readings of a query, strictest first: its words as they are; typing mistakes forgiven; words left out. A later
 * one counts only when the earlier ones find no package at all, filters aside, so that a filter never changes what a
 * query means.
 */
import { hasAny, haveCommon } from './places.ts';
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
  const found = (reading: Reading): FoundReading[] =>
    lists.hasAny(reading) ? [{ reading, matches: lists.reading(reading) }] : [];

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
      packages: lists.term(term).begun.any,
      df: term.spellings.length > 0 && df(word) > 0 ? df(word) : 1,
    }))
    .filter(({ packages }) => hasAny(packages))
    .sort((a, b) => a.df - b.df)
    .slice(0, MAX_PARTIAL_WORDS);
  for (let size = words.length; size > 0; size -= 1) {
    const together = combinations(words, size).filter((some) => haveCommon(some.map((one) => one.packages)));
    if (together.length > 0) {
      return together.map((some) => readingOf(query, new Map(some.map(({ word, term }) => [word, term]))));
    }
  }
  return [];
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
