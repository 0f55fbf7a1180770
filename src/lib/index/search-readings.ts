/**
 * The readings of a query, strictest first: its words as they are; typing mistakes forgiven; words left out. A later
 * one counts only when the earlier ones find no package at all, filters aside, so that a filter never changes what a
 * query means.
 */
import type Database from 'better-sqlite3';
import {
  parseQuery,
  type Reading,
  readingOf,
  type Term,
  type TypedQuery,
  wordsExpression,
} from './search-query.ts';
import { MIN_FORGIVEN_LENGTH, spellingCorrector } from './search-typo.ts';

/** A word is common when more than one in this many packages hold it. It is spelled as it is meant, and whole. */
const COMMON_ONE_IN = 10;

/** Words from which some are left out: the rarest that the index knows. There are 2^6 ways to do it. */
const MAX_PARTIAL_WORDS = 6;

export interface Interpretation {
  readonly kind: 'exact' | 'forgiven' | 'partial';
  /** No package is in two of them; hits of the first come first. Empty when nothing is found. */
  readonly readings: readonly Reading[];
}

export function interpret(db: Database.Database, text: string): Interpretation {
  const query = parseQuery(text);
  if (query.words.length === 0) return { kind: 'exact', readings: [] };
  const known = frequencies(db, query.distinct);
  const matches = matcher(db);

  const exact = termsOf(query, known, (word) => (known.df(word) > 0 ? [[word]] : []));
  const asTyped = readingOf(query, exact);
  if (matches(asTyped)) return { kind: 'exact', readings: [asTyped] };

  const correct = spellingCorrector(db);
  const forgiven = termsOf(query, known, (word) => {
    const itself = known.df(word) > 0 ? [[word]] : [];
    return word.length < MIN_FORGIVEN_LENGTH || known.common(word) ? itself : [...itself, ...correct(word)];
  });
  const corrected = readingOf(query, forgiven);
  if (matches(corrected)) return { kind: 'forgiven', readings: [corrected] };

  const best = new Map([...exact].map(([word, term]) => [word, isEmpty(term) ? forgiven.get(word) : term]));
  return { kind: 'partial', readings: partialReadings(query, best as Map<string, Term>, known.df, matches) };
}

/** Those that leave out as few words as possible; among them, the ones that leave out commoner words first. */
function partialReadings(
  query: TypedQuery,
  terms: ReadonlyMap<string, Term>,
  df: (word: string) => number,
  matches: (reading: Reading) => boolean,
): Reading[] {
  const words = [...terms]
    .filter(
      ([word, term]) =>
        !isEmpty(term) && (term.spellings.length > 0 || matches(readingOf(query, new Map([[word, term]])))),
    )
    .map(([word, term]) => ({ word, term, df: term.spellings.length > 0 && df(word) > 0 ? df(word) : 1 }))
    .sort((a, b) => a.df - b.df)
    .slice(0, MAX_PARTIAL_WORDS);
  for (let size = words.length; size > 0; size -= 1) {
    const readings = combinations(words, size)
      .map((some) => readingOf(query, new Map(some.map(({ word, term }) => [word, term]))))
      .filter(matches);
    if (readings.length > 0) return readings;
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

function frequencies(db: Database.Database, words: readonly string[]): Frequencies {
  const read = db.prepare<[string], number>('SELECT df FROM terms WHERE term = ?').pluck();
  const counts = new Map(words.map((word) => [word, Number(read.get(word) ?? 0)]));
  const packages = Number(db.prepare('SELECT count(*) FROM search_docsize').pluck().get());
  const df = (word: string) => counts.get(word) ?? 0;
  return { df, common: (word) => df(word) * COMMON_ONE_IN > packages };
}

/** Returns a function that says whether any package matches a reading. */
function matcher(db: Database.Database): (reading: Reading) => boolean {
  const any = db.prepare('SELECT rowid FROM search WHERE search MATCH ? LIMIT 1').pluck();
  return (reading) => {
    const expression = wordsExpression(reading, { prefix: true });
    return expression !== undefined && any.get(expression) !== undefined;
  };
}
