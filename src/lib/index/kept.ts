/** What was read of an index, kept for the next search of the same connection while nobody has written to it. */
import type Database from 'better-sqlite3';

export class Kept {
  readonly #db: Database.Database;
  readonly #values = new Map<string, unknown>();
  readonly #ofThisSearch = new Map<string, unknown>();
  #searches = 0;
  #version: (() => string) | undefined;
  #seen = '';

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /**
   * Begins a search: forgets what may have changed. Call it in its transaction, before anything is read.
   * @param isAlone the transaction is the search's own: what it sees is there for others too, and is not taken back
   */
  refresh(isAlone: boolean): void {
    this.#ofThisSearch.clear();
    this.#searches += 1;
    // Most processes search once, and have nothing to compare.
    if (this.#searches === 1) return;
    this.#version ??= versionReader(this.#db);
    const version = this.#version();
    if (version !== this.#seen) this.#values.clear();
    // What a transaction saw that may be taken back is seen by nobody after it.
    this.#seen = isAlone ? version : '';
  }

  get<T>(key: string, read: () => T): T {
    return valueIn(this.#values, key, read);
  }

  /** Kept no longer than this search. */
  getForThisSearch<T>(key: string, read: () => T): T {
    return valueIn(this.#ofThisSearch, key, read);
  }
}

function valueIn<T>(values: Map<string, unknown>, key: string, read: () => T): T {
  if (!values.has(key)) values.set(key, read());
  return values.get(key) as T;
}

/** Of what a connection sees: one number changes with what others write, the other with what it writes itself. */
function versionReader(db: Database.Database): () => string {
  const others = db.prepare<[], number>('PRAGMA data_version').pluck();
  const own = db.prepare<[], number>('SELECT total_changes()').pluck();
  return () => `${others.get()} ${own.get()}`;
}
