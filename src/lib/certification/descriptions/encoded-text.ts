/** Text that only a machine reads: in base64, hex, escapes, entities, numbers, backwards or rotated by 13 letters. */
import { directivesIn } from './directives.ts';

const BASE64 = /[A-Za-z0-9+/_-]{20,}={0,2}/g;
const HEX = /(?:[0-9a-f]{2}[\s:]?){16,}/gi;
const ESCAPES = /(?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|%[0-9a-f]{2}|&#x?[0-9a-f]{2,5};){8,}/gi;
const NUMBERS = /(?:\b\d{2,3}\b[,\s]+){15,}\d{2,3}\b/g;

/** Shorter ones are examples of an encoding. */
const SHORTEST_TEXT = 30;
const LONGEST = 8000;

export function hasEncodedText(text: string): boolean {
  const decoded = [
    ...matches(text, BASE64).map((each) => Buffer.from(each, 'base64').toString()),
    ...matches(text, HEX).map((each) => Buffer.from(each.replace(/[\s:]/g, ''), 'hex').toString()),
    ...matches(text, ESCAPES).map(unescaped),
    ...matches(text, NUMBERS).map((each) => String.fromCharCode(...each.split(/[,\s]+/).map(Number))),
  ];
  if (decoded.some(isText)) return true;
  const short = text.slice(0, LONGEST);
  return [...decoded.filter(isReadable), rotated(short), [...short].reverse().join('')].some(
    (each) => directivesIn(each).length > 0,
  );
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([match]) => match.slice(0, LONGEST));
}

function isReadable(text: string): boolean {
  return (
    text.length >= 12 && /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\t\n\r]*$/u.test(text) && !text.includes('\ufffd')
  );
}

/** Of several words; JSON is what tokens and cursors are made of. */
function isText(text: string): boolean {
  if (text.length < SHORTEST_TEXT || !isReadable(text) || /^\s*[[{]/.test(text)) return false;
  const words = text.match(/\p{L}{2,}/gu) ?? [];
  const letters = words.join('').length;
  return words.length >= 4 && /\s/.test(text) && letters > 0.6 * text.length;
}

function unescaped(text: string): string {
  return text.replace(
    /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|%([0-9a-f]{2})|&#x([0-9a-f]{2,5});|&#(\d{2,5});/gi,
    (_all, ...digits: (string | undefined)[]) => {
      const [decimal] = digits.slice(4, 5);
      if (decimal !== undefined) return String.fromCharCode(Number(decimal));
      return String.fromCharCode(
        Number.parseInt(digits.slice(0, 4).find((each) => each !== undefined) ?? '', 16),
      );
    },
  );
}

function rotated(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const first = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
}
