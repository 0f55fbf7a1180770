/** Packages whose name is what was typed, or begins so: found in the indexes of names, not among the words. */
import type Database from 'better-sqlite3';
import type { Reading } from './search-query.ts';

/** The part behind the slash, as the index packages_by_base has it. */
const BASE = "recent IN (0, 1) AND substr(name, instr(name, '/') + 1)";

/** Of the characters that names may have (lower-case letters, digits, hyphens) none is behind this one. */
const AFTER_ALL = '{';

export interface Named {
  /** The words with hyphens between them are the name, without its scope or with it. Ranks. */
  readonly whole: readonly number[];
  /** A name begins with them; not those in `whole`. */
  readonly begun: readonly number[];
}

/**
 * Returns a function from a reading to the packages that are called so.
 * @param max when more names are or begin so, it returns undefined: too many to tell one from another
 */
export function namedPackagesReader(
  db: Database.Database,
): (reading: Reading, max: number) => Named | undefined {
  const byBase = rangeReader(db, BASE);
  const byName = rangeReader(db, 'name');
  return (reading, max) => {
    const whole = new Set<number>();
    const begun = new Set<number>();
    for (const { words, open } of reading.names) {
      if (!words.every((word) => /^[a-z0-9]+$/.test(word))) continue;
      const read = (range: RangeReader, name: string) => {
        for (const rank of range(name, name, max)) whole.add(rank);
        const start = open ? name : `${name}-`;
        for (const rank of range(start, start + AFTER_ALL, max)) begun.add(rank);
      };
      read(byBase, words.join('-'));
      for (let scope = 1; scope < words.length; scope += 1) {
        read(byName, `@${words.slice(0, scope).join('-')}/${words.slice(scope).join('-')}`);
      }
      if (begun.size > max || whole.union(begun).size > max) return undefined;
    }
    return { whole: [...whole], begun: [...begun].filter((rank) => !whole.has(rank)) };
  };
}

type RangeReader = (from: string, to: string, max: number) => number[];

function rangeReader(db: Database.Database, column: string): RangeReader {
  const read = db
    .prepare<[string, string, number], number>(
      `SELECT rank FROM packages WHERE ${column} BETWEEN ? AND ? AND latest_id IS NOT NULL LIMIT ?`,
    )
    .pluck();
  return (from, to, max) => read.all(from, to, max + 1);
}
