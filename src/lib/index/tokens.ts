/**
 * Text to the words that search knows. The same function makes the words of a document and of a query, so nothing that
 * a person types is ever syntax.
 *
 * A word is a run of letters, marks and digits, lower-cased, without accents. `c++`, `c#` and their like keep their
 * signs. Chinese, Japanese and Korean are written without spaces or with endings that grow on words, so a run of them
 * becomes its pairs of neighbours, and any part of it can be found.
 */

/** Longest word that is kept, in characters: what is longer is an identifier or noise, and its start finds it. */
const MAX_WORD_LENGTH = 64;

const EAST_ASIAN = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}ー';
const WORD = `(?<pairs>[${EAST_ASIAN}]+)|(?<sign>(?<![\\p{L}\\p{N}])[a-z]{1,2}(?:\\+{1,2}|#)(?![\\p{L}\\p{N}+#]))|(?:(?![${EAST_ASIAN}])[\\p{L}\\p{N}\\p{M}])+`;
/** The same for a lower-cased text of ASCII alone. */
const ASCII_WORD = /(?<![a-z0-9])[a-z]{1,2}(?:\+{1,2}|#)(?![a-z0-9+#])|[a-z0-9]+/g;
const ACCENTS = /[\u0300-\u036f]/g;
/** Where a word begins inside an identifier: readFile, HTTPServer, get2Files. */
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/** The words of a text, in order, repeated as they repeat. */
export function tokenize(text: string): string[] {
  const folded = fold(text);
  if (isAscii(folded)) return (folded.match(ASCII_WORD) ?? []).map(cut);
  const words: string[] = [];
  for (const match of folded.matchAll(anyWord())) {
    if (match.groups?.pairs !== undefined) words.push(...pairs(match[0]));
    else words.push(cut(match[0]));
  }
  return words;
}

/** As `tokenize`, for names of functions: of `readFile` also the words `read` and `file`. */
export function tokenizeIdentifiers(text: string): string[] {
  const inner = text.split(/[^\p{L}\p{N}]+/u).flatMap((name) => {
    const parts = name.split(CAMEL);
    return parts.length > 1 ? tokenize(parts.join(' ')) : [];
  });
  return [...tokenize(text), ...inner];
}

let word: RegExp | undefined;

/** Made when there is a text that needs it: that takes longer than most searches. */
function anyWord(): RegExp {
  word ??= new RegExp(WORD, 'gu');
  return word;
}

function fold(text: string): string {
  const lower = text.toLowerCase();
  // Hangul and the Japanese voicing marks come apart in NFKD and must be put together again.
  return isAscii(lower) ? lower : lower.normalize('NFKD').replace(ACCENTS, '').normalize('NFC').toLowerCase();
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function cut(word: string): string {
  return word.length <= MAX_WORD_LENGTH ? word : [...word].slice(0, MAX_WORD_LENGTH).join('');
}

function pairs(run: string): string[] {
  const letters = [...run];
  if (letters.length < 2) return letters;
  return letters.slice(1).map((letter, i) => `${letters[i]}${letter}`);
}
