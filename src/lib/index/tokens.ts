/**
 * Text to the words that search knows. The same function makes the words of a document and of a query, so FTS5 never
 * sees anything but words that were made here, and nothing that a person types is ever its syntax.
 */

/** Longest word that is kept, in characters: what is longer is an identifier or noise, and its start finds it. */
const MAX_WORD_LENGTH = 64;

const WORD = /[\p{L}\p{N}\p{M}]+[+#]*/gu;

/** The words of a text, lower-cased and without diacritics, in order, repeated as they repeat. */
export function tokenize(text: string): string[] {
  const words: string[] = [];
  const folded = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  for (const [word] of folded.matchAll(WORD)) words.push(word.slice(0, MAX_WORD_LENGTH));
  return words;
}
