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

/** The shortest word of a description that is drawn, in letters, unless another length is asked for. */
export const MIN_DESCRIPTION_WORD = 3;
/** Lucene's short list of English stop words. No other word is left out for being common. */
const STOP_WORDS = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they ' +
    'this to was will with'
  ).split(' '),
);
/** A letter swap is put into a word of this length where the name has one. */
const MIN_SWAPPED_WORD = 5;

const WORD = /[\p{L}\p{N}]+/gu;

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

/** What is drawn from a description: words of this length, and none of these. */
export interface DescriptionWords {
  readonly letters: number;
  readonly without: ReadonlySet<string>;
}

/** Part of all descriptions above which a word says nothing about one of them. */
const COMMON_PART = 1 / 10;

/** The words that are in more than a tenth of the descriptions: nobody who looks for one package types them for it. */
export function commonWords(records: readonly PackageRecord[]): Set<string> {
  const counts = new Map<string, number>();
  for (const { description: text } of records) {
    for (const word of new Set(text.toLowerCase().match(WORD))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const common = [...counts].filter(([, count]) => count > records.length * COMMON_PART);
  return new Set(common.map(([word]) => word));
}

/** What is typed to find a record; undefined when its text does not allow that kind of query. */
export function knownItemQuery(
  kind: Kind,
  record: PackageRecord,
  random: () => number,
  words: DescriptionWords,
): string | undefined {
  const nameWords = record.name.match(WORD) ?? [];
  switch (kind) {
    case 'name':
      return nameWords.join(' ');
    case 'swapped':
      return swapped(nameWords, random)?.join(' ');
    case 'description':
      return description(record.description, random, words);
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

/** Three different words, in any order. */
function description(
  text: string,
  random: () => number,
  { letters, without }: DescriptionWords,
): string | undefined {
  const words = (text.toLowerCase().match(WORD) ?? []).filter(
    (word) => word.length >= letters && !STOP_WORDS.has(word) && !without.has(word),
  );
  const distinct = [...new Set(words)];
  return distinct.length < 3 ? undefined : draw(distinct, 3, random).join(' ');
}
