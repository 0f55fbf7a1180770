/**
 * The table of posting lists. Besides words there are terms that no word can be, for a word begins with a letter or a
 * digit: what short beginnings stand for, what filters ask for, and the list of all packages.
 */
import type Database from 'better-sqlite3';
import {
  decodePostings,
  encodePostings,
  NO_POSTINGS,
  type Place,
  type Postings,
  postingOf,
  rankOf,
} from './posting-list.ts';

/** The term of all packages that have a latest version. */
export const EVERYTHING = '';

/** Beginnings of that many characters have a list, of the packages with such a word in their names. */
const SHORT = /^[a-z0-9]{1,3}$/;

/** The term of a beginning that has a list of its own; undefined for one that stands for the words themselves. */
export function beginningTerm(prefix: string): string | undefined {
  return SHORT.test(prefix) ? `*${prefix}` : undefined;
}

/** The beginnings of a word that have a list. */
export function beginningTerms(word: string): string[] {
  return [1, 2, 3].flatMap((length) => beginningTerm(word.slice(0, length)) ?? []).slice(0, word.length);
}

/** Behind every word that begins with another: no text has a higher character. */
const LAST_CHARACTER = '\u{10ffff}';

type StoredBlock = [first: number, block: Uint8Array];

export class PostingsReader {
  readonly #blocks: Database.Statement<[string], StoredBlock>;
  readonly #range: Database.Statement<[string, string], [string, ...StoredBlock]>;
  readonly #count: Database.Statement<[string], number>;
  readonly #counts: Database.Statement<[string], { term: string; df: number }>;

  constructor(db: Database.Database) {
    this.#blocks = db
      .prepare<[string], StoredBlock>('SELECT first, block FROM postings WHERE term = ? ORDER BY first')
      .raw();
    this.#range = db
      .prepare<[string, string], [string, ...StoredBlock]>(
        'SELECT term, first, block FROM postings WHERE term >= ? AND term < ? ORDER BY term, first',
      )
      .raw();
    this.#count = db
      .prepare<[string], number>('SELECT coalesce(sum(count), 0) FROM postings WHERE term = ?')
      .pluck();
    this.#counts = db.prepare(
      `SELECT term, sum(count) AS df FROM postings WHERE term IN (SELECT value FROM json_each(?)) GROUP BY term`,
    );
  }

  /** How many packages hold a term. */
  count(term: string): number {
    return this.#count.get(term) as number;
  }

  /** The same of many terms at once; those that no package holds are left out. */
  counts(terms: readonly string[]): Map<string, number> {
    return new Map(this.#counts.all(JSON.stringify(terms)).map(({ term, df }) => [term, df]));
  }

  read(term: string): Postings {
    const blocks = this.#blocks.all(term);
    return blocks.length === 0 ? NO_POSTINGS : decodePostings(blocks);
  }

  /** The lists of all terms that begin so. */
  readBeginning(prefix: string): Postings[] {
    const lists: Postings[] = [];
    let blocks: StoredBlock[] = [];
    let current: string | undefined;
    for (const [term, first, block] of this.#range.all(prefix, prefix + LAST_CHARACTER)) {
      if (term !== current && blocks.length > 0) {
        lists.push(decodePostings(blocks));
        blocks = [];
      }
      current = term;
      blocks.push([first, block]);
    }
    if (blocks.length > 0) lists.push(decodePostings(blocks));
    return lists;
  }
}

/** What a package holds from now on: a place, or undefined when it holds the term no longer. */
export type PostingChanges = Map<number, Place | undefined>;

export class PostingsWriter {
  readonly #last: Database.Statement<[string], StoredBlock>;
  readonly #before: Database.Statement<[string, number], StoredBlock>;
  readonly #after: Database.Statement<[string, number], StoredBlock>;
  readonly #delete: Database.Statement<[string, number]>;
  readonly #write: Database.Statement<[string, number, number, Uint8Array]>;

  constructor(db: Database.Database) {
    const read = <P extends unknown[]>(where: string, order: string) =>
      db
        .prepare<P, StoredBlock>(`SELECT first, block FROM postings WHERE ${where} ORDER BY ${order} LIMIT 1`)
        .raw();
    this.#last = read('term = ?', 'first DESC');
    this.#before = read('term = ? AND first <= ?', 'first DESC');
    this.#after = read('term = ? AND first > ?', 'first');
    this.#delete = db.prepare('DELETE FROM postings WHERE term = ? AND first = ?');
    this.#write = db.prepare('REPLACE INTO postings (term, first, count, block) VALUES (?, ?, ?, ?)');
  }

  /** Changes the blocks of a list that the changes fall into, and no others. */
  change(term: string, changes: PostingChanges): void {
    const ranks = Float64Array.from(changes.keys()).sort();
    for (let from = 0; from < ranks.length; ) {
      const [block, end] = this.#blockFor(term, ranks[from] as number);
      let to = from + 1;
      while (to < ranks.length && (ranks[to] as number) < end) to += 1;
      this.#rewrite(term, block, ranks.subarray(from, to), changes);
      from = to;
    }
  }

  /** The block that a rank is in or belongs to, and where the next one begins. */
  #blockFor(term: string, rank: number): [StoredBlock | undefined, number] {
    const last = this.#last.get(term);
    // What is new has the highest rank of all.
    if (last === undefined || rank >= last[0]) return [last, Number.POSITIVE_INFINITY];
    const block = this.#before.get(term, rank) ?? (this.#after.get(term, rank) as StoredBlock);
    const next = this.#after.get(term, Math.max(rank, block[0]));
    return [block, next === undefined ? Number.POSITIVE_INFINITY : next[0]];
  }

  #rewrite(term: string, old: StoredBlock | undefined, ranks: Float64Array, changes: PostingChanges): void {
    const kept = old === undefined ? NO_POSTINGS : decodePostings([old]);
    const postings: number[] = [];
    let at = 0;
    for (const rank of ranks) {
      while (at < kept.length && rankOf(kept[at] as number) < rank) {
        postings.push(kept[at] as number);
        at += 1;
      }
      if (at < kept.length && rankOf(kept[at] as number) === rank) at += 1;
      const place = changes.get(rank);
      if (place !== undefined) postings.push(postingOf(rank, place));
    }
    for (; at < kept.length; at += 1) postings.push(kept[at] as number);
    const blocks = encodePostings(postings);
    if (old !== undefined && blocks[0]?.first !== old[0]) this.#delete.run(term, old[0]);
    for (const { first, count, block } of blocks) this.#write.run(term, first, count, block);
  }
}
