/** When two names are taken for each other by a reader, or by fingers (RG-02). */
import { differingLetters } from '../../src/lib/index/letters.ts';
import { editDistance } from '../../src/lib/index/typo.ts';

/** What names are made of. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789-';

/**
 * What a name looks like: without separators, with letters for the digits and pairs that resemble them, doubled letters
 * once. Two names of one appearance differ in nothing that a reader notices.
 */
export function appearanceOf(name: string): string {
  return name
    .replaceAll('-', '')
    .replaceAll('0', 'o')
    .replace(/[1i]/g, 'l')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replace(/(.)\1+/g, '$1');
}

/** Whether two names differ in numbers alone: they are counted, `s3` and `s4`, `team-1` and `team-11`. */
export function isCounted(one: string, other: string): boolean {
  return withoutDigits(one) === withoutDigits(other);
}

/**
 * Whether two names are at most `most` typing mistakes apart: a letter left out, added, replaced, or swapped with its
 * neighbour.
 */
export function isMistyped(one: string, other: string, most: number): boolean {
  if (most === 0 || Math.abs(one.length - other.length) > most) return false;
  // A mistake changes at most two of the letters that a name has at all.
  if (differingLetters(one, other) > 2 * most) return false;
  return editDistance(one, other, most) <= most;
}

/** Every name that is one typing mistake away. */
export function* mistakesIn(name: string): Generator<string> {
  for (let i = 0; i <= name.length; i += 1) {
    const before = name.slice(0, i);
    for (const letter of LETTERS) yield before + letter + name.slice(i);
    if (i === name.length) return;
    yield before + name.slice(i + 1);
    for (const letter of LETTERS) yield before + letter + name.slice(i + 1);
    if (i + 1 < name.length) yield `${before}${name[i + 1]}${name[i]}${name.slice(i + 2)}`;
  }
}

function withoutDigits(name: string): string {
  return name.replace(/\d+/g, '#');
}
