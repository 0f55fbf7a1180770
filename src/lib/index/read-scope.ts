/** Whose a scope is: the accounts that had it over time, and whether it is kept from others. */
import type Database from 'better-sqlite3';

export interface ScopeOwner {
  /** As GitHub spells it. */
  readonly owner: string;
  /** Numeric: it stays when an account is renamed, and changes when its name is registered again. */
  readonly owner_id: string;
}

/**
 * The owner of a scope at a position of the log: the account first seen in it, or whom it was transferred to by then.
 * @param scope lower case, without its @
 * @param seq undefined for now
 */
export function ownerOf(db: Database.Database, scope: string, seq?: number): ScopeOwner | undefined {
  return db
    .prepare<[string, number], ScopeOwner>(
      'SELECT owner, owner_id FROM scopes WHERE scope = ? AND seq <= ? ORDER BY seq DESC LIMIT 1',
    )
    .get(scope, seq ?? Number.MAX_SAFE_INTEGER);
}

export interface Reservation {
  /** The one account that may announce in it; null: nobody may. */
  readonly owner_id: string | null;
  readonly reason: string;
  readonly at: string;
}

/** @param scope lower case, without its @ */
export function reservationOf(db: Database.Database, scope: string): Reservation | undefined {
  return db
    .prepare<[string], Reservation>('SELECT owner_id, reason, at FROM reservations WHERE scope = ?')
    .get(scope);
}
