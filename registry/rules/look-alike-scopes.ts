/** A new scope does not look like one that belongs to another account, or is kept for one (RG-02). */
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import { ownerOf, reservationOf } from '../../src/lib/index/read-scope.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import { HttpError } from '../http.ts';
import { knownScopes, ScopeSet } from './known-scopes.ts';
import { isCounted, isMistyped } from './look-alike.ts';
import type { ReservedScope } from './reserved-scopes.ts';

/** From this many letters on one mistake makes a look-alike: shorter scopes are a letter apart by chance. */
const MISTAKEN_FROM_LETTERS = 5;

/** @param listed from the operator's file, by scope @throws HttpError 409 SCOPE_LOOKALIKE */
export function requireDistinctScope(
  db: Database.Database,
  name: PackageName,
  { claims }: Provenance,
  listed: ReadonlyMap<string, ReservedScope>,
): void {
  const scope = scopeOf(name);
  const { scopes } = knownScopes(db);
  // Its owner came past this rule, or was there before it.
  if (scopes.has(scope) || ownerOf(db, scope) !== undefined) return;
  const keptFor = (other: string) => [reservationOf(db, other)?.owner_id, listed.get(other)?.owner_id];
  // The operator knows this account: whoever took a scope like it first does not shut it out.
  if (keptFor(scope).includes(claims.owner_id)) return;
  const isOwn = (other: string) =>
    ownerOf(db, other)?.owner_id === claims.owner_id || keptFor(other).includes(claims.owner_id);
  const other = [scopes, new ScopeSet([...reservedScopes(db), ...listed.keys()])]
    .flatMap((set) => [...set.lookingLike(scope), ...mistyped(set, scope)])
    .find((candidate) => candidate !== scope && !isCounted(scope, candidate) && !isOwn(candidate));
  if (other === undefined) return;
  throw new HttpError(
    409,
    'SCOPE_LOOKALIKE',
    `The scope @${scope} looks like @${other}, which is another account's or reserved. Ask the operator of the registry to allow it.`,
  );
}

function mistyped(set: ScopeSet, scope: string): string[] {
  return set
    .mistypedAs(scope)
    .filter(
      (other) => Math.min(scope.length, other.length) >= MISTAKEN_FROM_LETTERS && isMistyped(scope, other, 1),
    );
}

function reservedScopes(db: Database.Database): string[] {
  return db.prepare<[], string>('SELECT scope FROM reservations').pluck().all();
}
