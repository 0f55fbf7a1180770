/**
 * Words of the index that a mistyped word was probably meant to be: one letter left out, added, replaced, or swapped
 * with its neighbour, or the space between two words left out.
 */
import type { WordCounts } from './postings.ts';
import type { WordFilter } from './word-filter.ts';
import { type HashedPart, hashedPart, joined, NO_PART } from './word-hash.ts';

/** A typing mistake is forgiven in words of that many letters or more. */
export const MIN_FORGIVEN_LENGTH = 5;

/** Spellings of one word that are tried: those that most packages hold. */
const MAX_SPELLINGS = 12;

const SHORTEST_PART = 2;

const LATIN = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** What may stand for a letter that is not there, by the script of the word. */
function alphabetOf(word: string): string {
  if (/^[a-z0-9+#]*$/.test(word)) return LATIN;
  if (/\p{Script=Greek}/u.test(word)) return 'αβγδεζηθικλμνξοπρσςτυφχψω';
  return /\p{Script=Cyrillic}/u.test(word) ? 'абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґ' : LATIN;
}

/**
 * Returns a function from a word to its other spellings, each a list of words: single words first, then those that most
 * packages hold, then by the alphabet.
 */
export function spellingCorrector(postings: WordCounts): (word: string) => string[][] {
  return (word) => {
    const letters = [...word];
    if (letters.length < MIN_FORGIVEN_LENGTH) return [];
    const mayBeThere = postings.wordFilter();
    const parts = partsOf(letters);
    const near = mistakesOf(letters, parts, mayBeThere);
    const spellings = [...[...near].map((other) => [other]), ...splitsOf(letters, parts, mayBeThere)]
      .map((words) => ({ words, df: Math.min(...words.map((part) => postings.count(part))) }))
      .filter((spelling) => spelling.df > 0);
    return spellings
      .sort(
        (a, b) =>
          a.words.length - b.words.length || b.df - a.df || (a.words.join() < b.words.join() ? -1 : 1),
      )
      .slice(0, MAX_SPELLINGS)
      .map((spelling) => spelling.words);
  };
}

/** A word in two: what is before each of its letters and behind the last, and what is behind each of these. */
interface Parts {
  readonly before: readonly HashedPart[];
  readonly after: readonly HashedPart[];
}

function partsOf(letters: readonly string[]): Parts {
  const before = [NO_PART];
  const after = [NO_PART];
  for (const letter of letters) before.push(joined(before.at(-1) as HashedPart, hashedPart(letter)));
  for (const letter of letters.toReversed())
    after.unshift(joined(hashedPart(letter), after[0] as HashedPart));
  return { before, after };
}

/** Of the words at one mistake from a word, those that may be there. */
function mistakesOf(
  letters: readonly string[],
  { before, after }: Parts,
  mayBeThere: WordFilter,
): Set<string> {
  const alphabet = [...alphabetOf(letters.join(''))].map((letter) => ({ letter, part: hashedPart(letter) }));
  const mistakes = new Set<string>();
  /** The letters up to `end` and those from `start` on, with others between them. */
  const consider = (end: number, between: string, part: HashedPart, start: number) => {
    const { hash } = joined(joined(before[end] as HashedPart, part), after[start] as HashedPart);
    if (!mayBeThere(hash)) return;
    mistakes.add(`${letters.slice(0, end).join('')}${between}${letters.slice(start).join('')}`);
  };
  for (let i = 0; i <= letters.length; i += 1) {
    for (const { letter, part } of alphabet) consider(i, letter, part, i);
    if (i === letters.length) break;
    for (const { letter, part } of alphabet) consider(i, letter, part, i + 1);
    consider(i, '', NO_PART, i + 1);
    const next = letters[i + 1];
    if (next === undefined) continue;
    const swapped = `${next}${letters[i]}`;
    consider(i, swapped, hashedPart(swapped), i + 2);
  }
  mistakes.delete(letters.join(''));
  return mistakes;
}

function splitsOf(letters: readonly string[], { before, after }: Parts, mayBeThere: WordFilter): string[][] {
  const splits: string[][] = [];
  for (let i = SHORTEST_PART; i <= letters.length - SHORTEST_PART; i += 1) {
    if (!mayBeThere((before[i] as HashedPart).hash) || !mayBeThere((after[i] as HashedPart).hash)) continue;
    splits.push([letters.slice(0, i).join(''), letters.slice(i).join('')]);
  }
  return splits;
}
