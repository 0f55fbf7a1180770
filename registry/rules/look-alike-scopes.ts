/** A new scope does not look like one that is there already and belongs to another account (RG-02). */
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import { ownerOf } from '../../src/lib/index/read-scope.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import { HttpError } from '../http.ts';
import { knownScopes } from './known-scopes.ts';
import { isCounted, isMistyped } from './look-alike.ts';

/** From this many letters on one mistake makes a look-alike: shorter scopes are a letter apart by chance. */
const MISTAKEN_FROM_LETTERS = 5;

/** @throws HttpError 409 SCOPE_LOOKALIKE */
export function requireDistinctScope(db: Database.Database, name: PackageName, { claims }: Provenance): void {
  const scope = scopeOf(name);
  const known = knownScopes(db);
  // Its owner came past this rule, or was there before it.
  if (known.has(scope) || ownerOf(db, scope) !== undefined) return;
  const mistyped = known
    .mistypedAs(scope)
    .filter(
      (other) => Math.min(scope.length, other.length) >= MISTAKEN_FROM_LETTERS && isMistyped(scope, other, 1),
    );
  const other = [...known.lookingLike(scope), ...mistyped].find(
    (candidate) => !isCounted(scope, candidate) && ownerOf(db, candidate)?.owner_id !== claims.owner_id,
  );
  if (other === undefined) return;
  throw new HttpError(
    409,
    'SCOPE_LOOKALIKE',
    `The scope @${scope} looks like @${other}, which is another account's. Ask the operator of the registry to allow it.`,
  );
}
