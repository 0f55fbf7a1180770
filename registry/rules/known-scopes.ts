/**
 * The scopes that packages are in or that belong to somebody, kept in memory by what they look like: a new one is
 * compared with all of them.
 */
import type Database from 'better-sqlite3';
import { appearanceOf, mistakesIn } from './look-alike.ts';

/** One for an index, kept as long as it. */
const scopesByIndex = new WeakMap<Database.Database, KnownScopes>();

export function knownScopes(db: Database.Database): KnownScopes {
  const scopes = scopesByIndex.get(db) ?? new KnownScopes(db);
  scopesByIndex.set(db, scopes);
  return scopes;
}

/** Scopes by what they look like. */
export class ScopeSet {
  readonly #scopes = new Set<string>();
  readonly #byAppearance = new Map<string, string[]>();

  constructor(scopes: Iterable<string> = []) {
    for (const scope of scopes) this.add(scope);
  }

  has(scope: string): boolean {
    return this.#scopes.has(scope);
  }

  add(scope: string): void {
    if (this.#scopes.has(scope)) return;
    this.#scopes.add(scope);
    const appearance = appearanceOf(scope);
    const alike = this.#byAppearance.get(appearance);
    if (alike === undefined) this.#byAppearance.set(appearance, [scope]);
    else alike.push(scope);
  }

  /** Those that look the same. */
  lookingLike(scope: string): readonly string[] {
    return this.#byAppearance.get(appearanceOf(scope)) ?? [];
  }

  /** Those that are one typing mistake away: asking for each mistake is faster than looking at each scope. */
  mistypedAs(scope: string): string[] {
    return [...mistakesIn(scope)].filter((other) => this.#scopes.has(other));
  }
}

export class KnownScopes {
  readonly #newestPackage: Database.Statement<[], number>;
  /** Of some packages, each once: SQLite hands over a name a scope, and not a name a package. */
  readonly #scopesOf: Database.Statement<[after: number, last: number], string>;
  readonly #owned: Database.Statement<[number], { seq: number; scope: string }>;
  readonly #scopes = new ScopeSet();
  /** The last package that was looked at, and the last owner. Both grow with the log. */
  #lastPackage = 0;
  #lastOwner = -1;

  /** Reads the scopes so far, which takes time where there are many, so a server does it before it listens. */
  constructor(db: Database.Database) {
    this.#newestPackage = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM packages').pluck();
    this.#scopesOf = db
      .prepare<[number, number], string>(
        `SELECT DISTINCT substr(name, 2, instr(name, '/') - 2) FROM packages WHERE id > ? AND id <= ?`,
      )
      .pluck();
    this.#owned = db.prepare('SELECT seq, scope FROM scopes WHERE seq > ? ORDER BY seq');
    this.#refresh();
  }

  /** Those with packages, and those that were transferred before they had one. */
  get scopes(): ScopeSet {
    this.#refresh();
    return this.#scopes;
  }

  #refresh(): void {
    const last = this.#newestPackage.get() as number;
    if (last !== this.#lastPackage) {
      for (const scope of this.#scopesOf.iterate(this.#lastPackage, last)) this.#scopes.add(scope);
      this.#lastPackage = last;
    }
    for (const { seq, scope } of this.#owned.iterate(this.#lastOwner)) {
      this.#lastOwner = seq;
      this.#scopes.add(scope);
    }
  }
}
