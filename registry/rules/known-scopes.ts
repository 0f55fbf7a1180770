/** The scopes that packages are in, kept in memory by what they look like: a new one is compared with all of them. */
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import { appearanceOf } from './look-alike.ts';

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
  readonly #byLength = new Map<number, string[]>();
  /** The last package that was looked at. Their ids grow with the log. */
  #lastPackage = 0;

  constructor(db: Database.Database) {
    this.#newer = db.prepare('SELECT id, name FROM packages WHERE id > ? ORDER BY id');
  }

  has(scope: string): boolean {
    this.#refresh();
    return this.#scopes.has(scope);
  }

  /** Those that look the same, then those of about the same length. */
  *candidates(scope: string, lengthDifference: number): Generator<string> {
    this.#refresh();
    yield* this.#byAppearance.get(appearanceOf(scope)) ?? [];
    for (let more = -lengthDifference; more <= lengthDifference; more += 1) {
      yield* this.#byLength.get(scope.length + more) ?? [];
    }
  }

  #refresh(): void {
    for (const { id, name } of this.#newer.iterate(this.#lastPackage)) {
      this.#lastPackage = id;
      const scope = scopeOf(name);
      if (this.#scopes.has(scope)) continue;
      this.#scopes.add(scope);
      addTo(this.#byAppearance, appearanceOf(scope), scope);
      addTo(this.#byLength, scope.length, scope);
    }
  }
}

function addTo<K>(map: Map<K, string[]>, key: K, scope: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [scope]);
  else list.push(scope);
}
