/**
 * Searches for packages that are known to be there, as a person would type them: by the words of a name, by a name
 * with a typing mistake, by a few words of a description, by a name that is not typed to its end. docs/search.md says
 * the same in words.
 */
import type { PublishEntry } from '../src/lib/log/entry.ts';
import type { PackageRecord } from '../test/support/records.ts';

/** A record and what it became in the log. */
export interface NamedRecord extends PackageRecord {
  readonly entry: PublishEntry;
}

export const KINDS = ['name', 'swapped', 'description', 'typing'] as const;
export type Kind = (typeof KINDS)[number];

/** The shortest word of a description that is drawn, in letters. */
const MIN_DESCRIPTION_WORD = 3;
/** A letter swap is put into a word of this length where the name has one. */
const MIN_SWAPPED_WORD = 5;

const WORD = /[\p{L}\p{N}]+/gu;

/** A generator of numbers from 0 to 1 that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws that many different records; all of them, in another order, when there are fewer. */
export function draw<T>(items: readonly T[], count: number, random: () => number): T[] {
  const pool = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && pool.length > 0) {
    const index = Math.floor(random() * pool.length);
    drawn.push(pool[index] as T);
    pool[index] = pool.at(-1) as T;
    pool.pop();
  }
  return drawn;
}

/** What is typed to find a record; undefined when its text does not allow that kind of query. */
export function knownItemQuery(kind: Kind, record: PackageRecord, random: () => number): string | undefined {
  const nameWords = record.name.match(WORD) ?? [];
  switch (kind) {
    case 'name':
      return nameWords.join(' ');
    case 'swapped':
      return swapped(nameWords, random)?.join(' ');
    case 'description':
      return description(record.description, random);
    case 'typing':
      return record.name.slice(0, Math.ceil(record.name.length * 0.7));
  }
}

/** Two different neighbours of one word, swapped. */
function swapped(words: readonly string[], random: () => number): string[] | undefined {
  const places = words.map((word) => [...word.slice(1)].flatMap((next, i) => (next === word[i] ? [] : [i])));
  const swappable = words.flatMap((_, i) => (places[i]?.length ? [i] : []));
  const long = swappable.filter((i) => (words[i]?.length ?? 0) >= MIN_SWAPPED_WORD);
  const longest = Math.max(...swappable.map((i) => words[i]?.length ?? 0));
  const choices = long.length > 0 ? long : swappable.filter((i) => words[i]?.length === longest);
  const chosen = choices[Math.floor(random() * choices.length)];
  if (chosen === undefined) return undefined;
  const word = words[chosen] as string;
  const inWord = places[chosen] as number[];
  const place = inWord[Math.floor(random() * inWord.length)] as number;
  const typed = `${word.slice(0, place)}${word[place + 1]}${word[place]}${word.slice(place + 2)}`;
  return words.map((other, i) => (i === chosen ? typed : other));
}

/** Three different words, in any order; no word is left out for being common. */
function description(text: string, random: () => number): string | undefined {
  const words = new Set(
    (text.toLowerCase().match(WORD) ?? []).filter((word) => word.length >= MIN_DESCRIPTION_WORD),
  );
  return words.size < 3 ? undefined : draw([...words], 3, random).join(' ');
}
