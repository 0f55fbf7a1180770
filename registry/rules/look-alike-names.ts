/**
 * A new package is not called almost as a popular one of another scope (RG-02). The same name in another scope is no
 * look-alike, and short names need be less alike: docs/decisions/0010-look-alikes.md.
 */
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import { ownerOf } from '../../src/lib/index/read-scope.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import { HttpError } from '../http.ts';
import { appearanceOf, isCounted, isMistyped } from './look-alike.ts';

/** Popular packages that a name is compared with: the most downloaded ones. */
const MOST_POPULAR = 5_000;

/**
 * @param popularFrom downloads from which on a package is popular
 * @throws HttpError 409 NAME_LOOKALIKE
 */
export function requireDistinctName(
  db: Database.Database,
  name: PackageName,
  { claims }: Provenance,
  popularFrom: number,
): void {
  const base = baseOf(name);
  const appearance = appearanceOf(base);
  const popular = db
    .prepare<{ from: number; most: number }, string>(
      `SELECT name, downloads FROM packages WHERE recent = 0 AND downloads >= @from
       UNION ALL SELECT name, downloads FROM packages WHERE recent = 1 AND downloads >= @from
       ORDER BY downloads DESC, name LIMIT @most`,
    )
    .pluck()
    .all({ from: popularFrom, most: MOST_POPULAR });
  // A name of its own already, whatever else it is near to.
  if (popular.some((candidate) => baseOf(candidate) === base)) return;
  const other = popular.find((candidate) => {
    const theirs = baseOf(candidate);
    return (
      !isCounted(base, theirs) &&
      (isMistyped(base, theirs, mistakesIn(base, theirs)) || appearanceOf(theirs) === appearance) &&
      scopeOf(candidate as PackageName) !== scopeOf(name) &&
      ownerOf(db, scopeOf(candidate as PackageName))?.owner_id !== claims.owner_id
    );
  });
  if (other === undefined) return;
  throw new HttpError(
    409,
    'NAME_LOOKALIKE',
    `${name} looks like the popular package ${other}. Choose another name, or ask the operator of the registry to allow it.`,
  );
}

/** How many mistakes are taken for one: names of few letters are one letter apart by chance. */
function mistakesIn(one: string, other: string): number {
  const letters = Math.min(one.length, other.length);
  if (letters < 5) return 0;
  return letters < 9 ? 1 : 2;
}

function baseOf(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
