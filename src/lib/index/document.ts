/**
 * The words of a package, and their way into the posting lists. The index keeps no text of its own: a package whose
 * text changes needs its old words too, which the caller reads from the tables before they change.
 */
import type Database from 'better-sqlite3';
import type { Manifest } from '../log/entry.ts';
import { readListed, writeListed } from './meta.ts';
import { ANYWHERE, NAMED, type Place, TEXT } from './places.ts';
import { type PostingChanges, PostingsWriter } from './postings-writer.ts';
import { beginningTerms, EVERYTHING, isWord } from './terms.ts';
import { tokenize, tokenizeIdentifiers } from './tokens.ts';
import { WordFilterWriter } from './word-filter.ts';

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

/**
 * What is searched of a package whose latest version has that manifest.
 * @param otherNames what else it is found by, as by keywords
 */
export function documentOf(name: string, manifest: Manifest, otherNames: readonly string[] = []): Document {
  return {
    name,
    display_name: manifest.display_name ?? null,
    description: manifest.description ?? null,
    keywords: [...(manifest.keywords ?? []), ...otherNames].join('\n'),
    author_name: manifest.author?.name ?? null,
    tools: (manifest.tools ?? []).map((tool) => ({
      name: tool.name,
      description: tool.description ?? null,
    })),
  };
}

export interface DocumentWords {
  readonly terms: ReadonlyMap<string, Place>;
  /** Words of the name without its scope. */
  readonly name: number;
  /** Words of description and keywords. */
  readonly text: number;
}

/** The terms of a document, each with the best place where it is. */
export function wordsOf(document: Document): DocumentWords {
  const { tools } = document;
  const slash = document.name.indexOf('/');
  const split = (text: string | null, by = tokenize) => by((text ?? '').slice(0, MAX_COLUMN_LENGTH));
  const name = split(document.name.slice(slash + 1));
  const text = [...split(document.description), ...split(document.keywords)];
  const terms = new Map<string, Place>();
  const add = (words: readonly string[], place: Place) => {
    for (const word of words) if (!terms.has(word)) terms.set(word, place);
  };
  add([...name, ...split(document.name.slice(0, slash)), ...split(document.display_name)], NAMED);
  for (const word of [...terms.keys()]) add(beginningTerms(word), NAMED);
  add([EVERYTHING], NAMED);
  add(text, TEXT);
  add(split(document.author_name), ANYWHERE);
  add(split(tools.map((tool) => tool.name).join('\n'), tokenizeIdentifiers), ANYWHERE);
  add(split(tools.map((tool) => tool.description ?? '').join('\n')), ANYWHERE);
  return { terms, name: name.length, text: text.length };
}

/** Packages whose changes wait in memory before they are written: each write rewrites the end of a list. */
const BATCH = 20_000;

/** Collects changes to the terms of packages, and writes them term by term. */
export class DocumentWriter {
  readonly #postings: PostingsWriter;
  readonly #words: WordFilterWriter;
  readonly #db: Database.Database;
  readonly #pending = new Map<string, PostingChanges>();
  /** By how many there are more than before. */
  #more = 0;
  readonly #packages = new Set<number>();

  constructor(db: Database.Database) {
    this.#db = db;
    this.#postings = new PostingsWriter(db);
    this.#words = new WordFilterWriter(db);
  }

  /**
   * @param before its terms as they are in the lists; empty for a package that is in none
   * @param after its terms from now on; empty for a package that goes
   */
  change(rank: number, before: ReadonlyMap<string, Place>, after: ReadonlyMap<string, Place>): void {
    for (const [term, place] of after) if (before.get(term) !== place) this.#set(term, rank, place);
    for (const term of before.keys()) if (!after.has(term)) this.#set(term, rank, undefined);
    this.#more += Number(after.has(EVERYTHING)) - Number(before.has(EVERYTHING));
    this.#packages.add(rank);
    if (this.#packages.size >= BATCH) this.flush();
  }

  /** Writes what has changed. Call it before the transaction ends. */
  flush(): void {
    for (const term of [...this.#pending.keys()].sort()) {
      this.#postings.change(term, this.#pending.get(term) as PostingChanges);
    }
    this.#words.add(this.#pending.keys().filter(isWord));
    if (this.#more !== 0) writeListed(this.#db, readListed(this.#db) + this.#more);
    this.#more = 0;
    this.#pending.clear();
    this.#packages.clear();
  }

  #set(term: string, rank: number, place: Place | undefined): void {
    let changes = this.#pending.get(term);
    if (changes === undefined) {
      changes = new Map();
      this.#pending.set(term, changes);
    }
    changes.set(rank, place);
  }
}
