/**
 * Corpora of any size, the same on every machine: the real records first, as many as there are, then records made of
 * their parts. Names, lengths and the frequencies of words stay those of real packages, so lists of common words grow
 * with the corpus as they would.
 */
import type { PublishEntry } from '../src/lib/log/entry.ts';
import { seeded } from '../test/support/random.ts';
import { type PackageRecord, readRecords, recordsToEntries } from '../test/support/records.ts';
import { defaultRecords } from './default-records.ts';

export const SEED = 20_260_101;
/** What is measured with, besides all records as they are. */
export const SIZES = [1000, 100_000];
const WORD = /[\p{L}\p{N}]+/gu;

/** Exactly that many packages with different names. */
export function corpus(size: number, source: string | URL = defaultRecords()): PublishEntry[] {
  const records = readRecords(source);
  const random = seeded(SEED);
  const entries = new Map<string, PublishEntry>();
  const add = (record: PackageRecord) => {
    for (const entry of recordsToEntries([record])) {
      if (entries.size < size && !entries.has(entry.package)) entries.set(entry.package, entry);
    }
  };
  for (const record of records) add(record);
  while (entries.size < size) add(recombined(records, random));
  return [...entries.values()];
}

/** The front of one name with the end of another, and the first half of a description with the second of another. */
function recombined(records: readonly PackageRecord[], random: () => number): PackageRecord {
  const pick = () => records[Math.floor(random() * records.length)] as PackageRecord;
  const [one, other, third] = [pick(), pick(), pick()];
  const head = one.name.match(WORD) ?? ['x'];
  const tail = other.name.match(WORD) ?? ['x'];
  const scope = one.name.startsWith('@') ? `@${head.shift()}/` : '';
  const name = [...head.slice(0, Math.ceil(head.length / 2)), ...tail.slice(Math.floor(tail.length / 2))];
  return {
    ecosystem: one.ecosystem,
    name: `${scope}${name.join('-')}-${Math.floor(random() * 1000)}`,
    version: third.version,
    description: `${half(one.description, 0)} ${half(third.description, 1)}`.trim(),
  };
}

function half(text: string, which: 0 | 1): string {
  const words = text.split(' ');
  const middle = Math.ceil(words.length / 2);
  return (which === 0 ? words.slice(0, middle) : words.slice(middle)).join(' ');
}
