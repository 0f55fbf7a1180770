/** What of a line a search has found, marked where the terminal shows it: words, from where they begin. */
import { tokenize } from '../lib/index/tokens.ts';
import type { Screen } from './screen.ts';

/** More words mark everything, and nothing. */
const MOST_WORDS = 24;

/** Returns a function that marks a text as wide as it is; a text that has none of the words stays as it is. */
export function matchMarker(query: string, screen: Screen): (text: string) => string {
  const words = screen.isTTY ? [...new Set(tokenize(query))].slice(0, MOST_WORDS) : [];
  if (words.length === 0) return (text) => text;
  // The longest first: it marks all of itself.
  const any = words.sort((one, other) => other.length - one.length).map(escaped);
  const pattern = new RegExp(`(?<![a-z0-9])(?:${any.join('|')})`, 'gi');
  return (text) => text.replace(pattern, (found) => screen.style('underline', found));
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
