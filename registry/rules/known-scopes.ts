/** The scopes that packages are in, kept in memory by what they look like: a new one is compared with all of them. */
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import { appearanceOf, mistakesIn } from './look-alike.ts';

/** One for an index, kept as long as it. */
const scopesByIndex = new WeakMap<Database.Database, KnownScopes>();

export function knownScopes(db: Database.Database): KnownScopes {
  const scopes = scopesByIndex.get(db) ?? new KnownScopes(db);
  scopesByIndex.set(db, scopes);
  return scopes;
}

export class KnownScopes {
  readonly #newer: Database.Statement<[number], { id: number; name: PackageName }>;
  readonly #scopes = new Set<string>();
  readonly #byAppearance = new Map<string, string[]>();
  /** The last package that was looked at. Their ids grow with the log. */
  #lastPackage = 0;

  /** Reads the scopes so far: half a second for 100,000, so a server does it before it listens. */
  constructor(db: Database.Database) {
    this.#newer = db.prepare('SELECT id, name FROM packages WHERE id > ? ORDER BY id');
    this.#refresh();
  }

  has(scope: string): boolean {
    this.#refresh();
    return this.#scopes.has(scope);
  }

  /** Those that look the same. */
  lookingLike(scope: string): readonly string[] {
    this.#refresh();
    return this.#byAppearance.get(appearanceOf(scope)) ?? [];
  }

  /** Those that are one typing mistake away: asking for each mistake is faster than looking at each scope. */
  mistypedAs(scope: string): string[] {
    this.#refresh();
    return [...mistakesIn(scope)].filter((other) => this.#scopes.has(other));
  }

  #refresh(): void {
    for (const { id, name } of this.#newer.iterate(this.#lastPackage)) {
      this.#lastPackage = id;
      const scope = scopeOf(name);
      if (this.#scopes.has(scope)) continue;
      this.#scopes.add(scope);
      const appearance = appearanceOf(scope);
      const alike = this.#byAppearance.get(appearance);
      if (alike === undefined) this.#byAppearance.set(appearance, [scope]);
      else alike.push(scope);
    }
  }
}
