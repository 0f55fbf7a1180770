/** What a person typed, as words; and ways to read it. */
import { tokenize } from './tokens.ts';

/** Different words of a query that are looked at; what comes after them is passed over. */
export const MAX_QUERY_WORDS = 24;

/** Names that a reading stands for, at most, when its words have several spellings. */
const MAX_NAMES = 16;

export interface TypedQuery {
  /** In the order in which they were typed, repeated as they repeat. */
  readonly words: readonly string[];
  /** Different words, in the order in which each was typed first. */
  readonly distinct: readonly string[];
  /** The last word, when nothing follows it: more of it may be to come. */
  readonly open: string | undefined;
}

/** How a word of a query is read: a package holds the term when it holds all words of one spelling. */
export interface Term {
  readonly spellings: readonly (readonly string[])[];
  /** It also stands for the words that begin like this. */
  readonly prefix: string | undefined;
}

/** One way to understand a query. A package matches when it holds every term. */
export interface Reading {
  readonly terms: readonly Term[];
  /** Names that it may stand for. */
  readonly names: readonly TypedName[];
}

/** A name, whole or begun, as its words one after the other. */
export interface TypedName {
  readonly words: readonly string[];
  /** The last word may be the beginning of a longer one. */
  readonly open: boolean;
}

export function parseQuery(text: string): TypedQuery {
  const words: string[] = [];
  const distinct = new Set<string>();
  const all = tokenize(text);
  for (const word of all) {
    if (!distinct.has(word) && distinct.size === MAX_QUERY_WORDS) break;
    distinct.add(word);
    words.push(word);
  }
  const ends = words.length === all.length && /[\p{L}\p{N}\p{M}+#]$/u.test(text);
  return { words, distinct: [...distinct], open: ends ? words.at(-1) : undefined };
}

/** Reads the words that have a term, in the order of typing. */
export function readingOf(query: TypedQuery, terms: ReadonlyMap<string, Term>): Reading {
  const words = query.words.filter((word) => terms.has(word));
  let names: string[][] = [[]];
  for (const word of words) {
    const term = terms.get(word);
    const spellings = [...(term?.spellings ?? [])];
    if (term?.prefix !== undefined && !spellings.some(([first]) => first === word)) spellings.push([word]);
    names = names.flatMap((name) => spellings.map((spelling) => [...name, ...spelling])).slice(0, MAX_NAMES);
  }
  const prefix = terms.get(words.at(-1) ?? '')?.prefix;
  return {
    terms: [...terms.values()],
    // Another spelling of the open word is a whole word.
    names: names.map((name) => ({ words: name, open: prefix !== undefined && name.at(-1) === prefix })),
  };
}
