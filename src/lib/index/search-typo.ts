/**
 * Words of the index that a mistyped word was probably meant to be: one letter left out, added, replaced, or swapped
 * with its neighbour, or the space between two words left out.
 */
import type { WordCounts } from './postings.ts';

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
    const splits = splitsOf(letters);
    const near = mistakesOf(letters);
    const df = postings.counts([...near, ...splits.flat()]);
    const spellings = [...[...near].map((other) => [other]), ...splits]
      .map((words) => ({ words, df: Math.min(...words.map((part) => df.get(part) ?? 0)) }))
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

/** All words at one mistake from a word. */
function mistakesOf(letters: readonly string[]): Set<string> {
  const word = letters.join('');
  const alphabet = alphabetOf(word);
  const mistakes = new Set<string>();
  for (let i = 0; i <= letters.length; i += 1) {
    const before = letters.slice(0, i).join('');
    const after = letters.slice(i).join('');
    const afterNext = letters.slice(i + 1).join('');
    for (const letter of alphabet) mistakes.add(before + letter + after);
    if (i === letters.length) continue;
    for (const letter of alphabet) mistakes.add(before + letter + afterNext);
    mistakes.add(before + afterNext);
    const next = letters[i + 1];
    if (next !== undefined) mistakes.add(before + next + letters[i] + letters.slice(i + 2).join(''));
  }
  mistakes.delete(word);
  return mistakes;
}

function splitsOf(letters: readonly string[]): string[][] {
  const splits: string[][] = [];
  for (let i = SHORTEST_PART; i <= letters.length - SHORTEST_PART; i += 1) {
    splits.push([letters.slice(0, i).join(''), letters.slice(i).join('')]);
  }
  return splits;
}
