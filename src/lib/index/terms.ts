/**
 * The terms of posting lists. Besides words there are some that no word can be, for a word begins with a letter or a
 * digit: what short beginnings stand for, and the list of all packages.
 */

/** The term of all packages that have a latest version. */
export const EVERYTHING = '';

/** Beginnings of that many characters have a list, of the packages with such a word in their names. */
const SHORT = /^[a-z0-9]{1,3}$/;

/** The term of a beginning that has a list of its own; undefined for one that stands for the words themselves. */
export function beginningTerm(prefix: string): string | undefined {
  return SHORT.test(prefix) ? `*${prefix}` : undefined;
}

/** The beginnings of a word that have a list. */
export function beginningTerms(word: string): string[] {
  const terms: string[] = [];
  for (let length = 1; length <= Math.min(3, word.length); length += 1) {
    const term = beginningTerm(word.slice(0, length));
    if (term === undefined) break;
    terms.push(term);
  }
  return terms;
}

/** Whether a term is a word, and not one of those that no word can be. */
export function isWord(term: string): boolean {
  return term !== EVERYTHING && !term.startsWith('*');
}
