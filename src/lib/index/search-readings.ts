/**
 * The readings of a query, strictest first: its words as they are; typing mistakes forgiven; words left out. A later
 * one counts only when the earlier ones find no package at all, filters aside, so that a filter never changes what a
 * query means.
 */
import type { Postings, WordCounts } from './postings.ts';
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

export function interpret(postings: Postings, text: string): Interpretation {
  const lists = new QueryLists(postings);
  const { kind, readings } = chooseReadings(postings, (terms) => lists.hasAny(terms), text);
  return { kind, readings: readings.map((reading) => ({ reading, matches: lists.reading(reading) })) };
}

/**
 * The readings that count, each of which matches something.
 * @param counts over all packages that are searched
 * @param isThere whether any of these packages holds all terms
 */
export function chooseReadings(
  counts: WordCounts,
  isThere: (terms: readonly Term[]) => boolean,
  text: string,
): { readonly kind: Interpretation['kind']; readonly readings: readonly Reading[] } {
  const query = parseQuery(text);
  if (query.words.length === 0) return { kind: 'exact', readings: [] };
  const known = frequencies(counts, query.distinct);

  const exact = termsOf(query, known, (word) => (known.df(word) > 0 ? [[word]] : []));
  const asTyped = readingOf(query, exact);
  if (isThere(asTyped.terms)) return { kind: 'exact', readings: [asTyped] };

  const correct = spellingCorrector(counts);
  const forgiven = termsOf(query, known, (word) => {
    const itself = known.df(word) > 0 ? [[word]] : [];
    return word.length < MIN_FORGIVEN_LENGTH || known.common(word) ? itself : [...itself, ...correct(word)];
  });
  const corrected = readingOf(query, forgiven);
  if (isThere(corrected.terms)) return { kind: 'forgiven', readings: [corrected] };

  const best = new Map([...exact].map(([word, term]) => [word, isEmpty(term) ? forgiven.get(word) : term]));
  const readings = partialReadings(query, best as Map<string, Term>, known.df, isThere);
  return { kind: 'partial', readings };
}

/** Those that leave out as few words as possible; among them, the ones that leave out commoner words first. */
function partialReadings(
  query: TypedQuery,
  terms: ReadonlyMap<string, Term>,
  df: (word: string) => number,
  isThere: (terms: readonly Term[]) => boolean,
): Reading[] {
  const words = [...terms]
    .map(([word, term]) => ({
      word,
      term,
      df: term.spellings.length > 0 && df(word) > 0 ? df(word) : 1,
    }))
    .filter(({ term }) => isThere([term]))
    .sort((a, b) => a.df - b.df)
    .slice(0, MAX_PARTIAL_WORDS);
  for (let size = words.length; size > 0; size -= 1) {
    const together = combinations(words, size).filter((some) => isThere(some.map(({ term }) => term)));
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

function frequencies(counts: WordCounts, words: readonly string[]): Frequencies {
  const known = new Map(words.map((word) => [word, counts.count(word)]));
  const packages = counts.countAll();
  const df = (word: string) => known.get(word) ?? 0;
  return { df, common: (word) => df(word) * COMMON_ONE_IN > packages };
}
