/** What a mistyped package name was probably meant to be. */
import type Database from 'better-sqlite3';
import { differingLetters } from './letters.ts';
import { editDistance } from './typo.ts';

/** Names that are offered. */
const MAX_NAMES = 3;

/** Mistakes that are looked past, in scope and name together. */
const MAX_MISTAKES = 2;

/**
 * The packages that a name was probably meant to be: the nearest by typing mistakes, then those of the same name in
 * another scope; the more popular of equals first.
 * @param name `@scope/name`
 */
export function closestNames(db: Database.Database, name: string): string[] {
  const base = name.slice(name.indexOf('/'));
  // Every name is looked at: this is for the moment before an error message, and reads an index of names alone.
  const candidates = db
    .prepare<unknown[], string>('SELECT name FROM packages WHERE length(name) BETWEEN ? AND ? OR name LIKE ?')
    .pluck()
    .all(name.length - MAX_MISTAKES, name.length + MAX_MISTAKES, `%${base}`);
  const facts = db.prepare<[string], { latest_id: number | null; rank: number }>(
    'SELECT latest_id, rank FROM packages WHERE name = ?',
  );
  const near = candidates.flatMap((candidate) => {
    const sameBase = candidate.endsWith(base);
    // A mistake changes at most two of the letters that a name has at all.
    if (!sameBase && differingLetters(candidate, name) > 2 * MAX_MISTAKES) return [];
    const distance = editDistance(name, candidate, MAX_MISTAKES);
    if (distance > MAX_MISTAKES && !sameBase) return [];
    const { latest_id, rank } = facts.get(candidate) as { latest_id: number | null; rank: number };
    return latest_id === null ? [] : [{ candidate, distance, rank }];
  });
  return near
    .sort(
      (a, b) =>
        Math.min(a.distance, MAX_MISTAKES + 1) - Math.min(b.distance, MAX_MISTAKES + 1) || a.rank - b.rank,
    )
    .slice(0, MAX_NAMES)
    .map(({ candidate }) => candidate);
}
