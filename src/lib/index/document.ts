/**
 * The full-text document of a package: its words by column, their row in `search`, and the document frequencies.
 *
 * FTS5 keeps no text (`content=''`), so a row is replaced by deleting its rowid; the document frequencies need the
 * words that go, which the caller reads from the tables before they change. Both are written in batches: FTS5 writes
 * out what it has buffered whenever another statement opens a savepoint, and then a row at a time is five times slower.
 */
import type Database from 'better-sqlite3';
import { tokenize, tokenizeIdentifiers } from './tokens.ts';

/** Longest text of a column that is indexed, in characters; more would only feed a package that stuffs words. */
const MAX_COLUMN_LENGTH = 16_384;

/** What is searched of a package. */
export interface Document {
  readonly name: string;
  readonly display_name: string | null;
  readonly description: string | null;
  /** Joined by newlines. */
  readonly keywords: string;
  readonly author_name: string | null;
  readonly tools: readonly { readonly name: string; readonly description: string | null }[];
}

/** Documents that wait in memory before they are written. */
const BATCH = 10_000;

interface PendingChange {
  delete: boolean;
  insert: readonly string[] | undefined;
}

export class DocumentWriter {
  readonly #pending = new Map<number, PendingChange>();
  readonly #frequencyChange = new Map<string, number>();
  readonly #insert: Database.Statement;
  readonly #delete: Database.Statement;
  readonly #addFrequency: Database.Statement;
  readonly #dropUnused: Database.Statement;

  constructor(db: Database.Database) {
    this.#insert = db.prepare(
      `INSERT INTO search
         (rowid, name, scope, display_name, description, keywords, author, tool_names, tool_descriptions)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare('DELETE FROM search WHERE rowid = ?');
    this.#addFrequency = db.prepare(
      'INSERT INTO terms (term, df) VALUES (?, ?) ON CONFLICT DO UPDATE SET df = df + excluded.df',
    );
    this.#dropUnused = db.prepare('DELETE FROM terms WHERE term = ? AND df <= 0');
  }

  add(rank: number, document: Document): void {
    const columns = words(document);
    this.#change(rank).insert = columns;
    this.#count(columns, 1);
    if (this.#pending.size >= BATCH) this.flush();
  }

  /** @param document as it was when it was added */
  remove(rank: number, document: Document): void {
    const change = this.#change(rank);
    if (change.insert === undefined) change.delete = true;
    else change.insert = undefined;
    this.#count(words(document), -1);
  }

  /** Writes what has changed. Call it before the transaction ends. */
  flush(): void {
    for (const [rank, change] of this.#pending) {
      if (change.delete) this.#delete.run(rank);
      if (change.insert !== undefined) this.#insert.run(rank, ...change.insert);
    }
    this.#pending.clear();
    for (const [term, change] of this.#frequencyChange) {
      if (change === 0) continue;
      this.#addFrequency.run(term, change);
      if (change < 0) this.#dropUnused.run(term);
    }
    this.#frequencyChange.clear();
  }

  #change(rank: number): PendingChange {
    let change = this.#pending.get(rank);
    if (change === undefined) {
      change = { delete: false, insert: undefined };
      this.#pending.set(rank, change);
    }
    return change;
  }

  #count(columns: readonly string[], change: 1 | -1): void {
    for (const term of new Set(columns.join(' ').split(' '))) {
      if (term !== '') this.#frequencyChange.set(term, (this.#frequencyChange.get(term) ?? 0) + change);
    }
  }
}

/** The words of each column of `search`, joined by spaces, in the order of its columns. */
function words(document: Document): string[] {
  const { tools } = document;
  const slash = document.name.indexOf('/');
  const column = (text: string | null, split = tokenize) =>
    split((text ?? '').slice(0, MAX_COLUMN_LENGTH)).join(' ');
  return [
    column(document.name.slice(slash + 1)),
    column(document.name.slice(0, slash)),
    column(document.display_name),
    column(document.description),
    column(document.keywords),
    column(document.author_name),
    column(tools.map((tool) => tool.name).join('\n'), tokenizeIdentifiers),
    column(tools.map((tool) => tool.description ?? '').join('\n')),
  ];
}
