/** Scopes that are kept from others (RG-01): by an entry of the log, or by the operator's file. */
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import { reservationOf } from '../../src/lib/index/read-scope.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import { HttpError } from '../http.ts';

export interface ReservedScope {
  /** The one account that may announce in it; null: nobody may. */
  readonly owner_id: string | null;
  readonly reason: string;
}

/** @param listed from the operator's file, by scope @throws HttpError 403 SCOPE_RESERVED */
export function requireUnreservedScope(
  db: Database.Database,
  name: PackageName,
  { claims }: Provenance,
  listed: ReadonlyMap<string, ReservedScope>,
): void {
  const scope = scopeOf(name);
  const reservations = [reservationOf(db, scope), listed.get(scope)];
  const other = reservations.find((found) => found !== undefined && found.owner_id !== claims.owner_id);
  if (other === undefined) return;
  throw new HttpError(403, 'SCOPE_RESERVED', `The scope @${scope} is reserved: ${other.reason}.`);
}
