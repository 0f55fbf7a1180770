/**
 * The table of posting lists. Besides words there are terms that no word can be, for a word begins with a letter or a
 * digit: what short beginnings stand for, what filters ask for, and the list of all packages.
 *
 * A list has two parts: of the packages that were there when all were ranked, and of those that are recent. New packages
 * change the recent lists alone, which lie together in few pages of the file.
 */
import type Database from 'better-sqlite3';
import { readRanked } from './meta.ts';
import { MAX_RANK, newPlaces, type Place, type Places } from './places.ts';
import { addBlock, decodeBlock, encodeBlocks, type Posting } from './posting-blocks.ts';

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
  const terms: string[] = [];
  for (let length = 1; length <= Math.min(3, word.length); length += 1) {
    const term = beginningTerm(word.slice(0, length));
    if (term === undefined) break;
    terms.push(term);
  }
  return terms;
}

/** Behind every word that begins with another: no text has a higher character. */
const LAST_CHARACTER = '\u{10ffff}';

/** Characters that are ordered in another way here (by UTF-16) than in the table (by UTF-8). */
const BEYOND_BMP = /[\ud800-\udfff]/;

/** Values of `recent`. */
const PARTS = [0, 1];

type StoredBlock = [first: number, bytes: Uint8Array];

/** The lists of an index, as a search reads them. */
export type Postings = Pick<PostingsReader, keyof PostingsReader>;

/** How many packages hold words: of one index, or of several together. */
export type WordCounts = Pick<PostingsReader, 'count' | 'counts'>;

export class PostingsReader {
  readonly #blocks: Database.Statement<[string], StoredBlock>;
  readonly #range: Database.Statement<[string, string], StoredBlock>;
  readonly #count: Database.Statement<[string], number>;
  /** By part. */
  readonly #next: readonly Database.Statement<[string], string>[];
  readonly #lastRank: Database.Statement<[], number>;

  constructor(db: Database.Database) {
    this.#blocks = db
      .prepare<[string], StoredBlock>('SELECT first, block FROM postings WHERE recent IN (0, 1) AND term = ?')
      .raw();
    this.#range = db
      .prepare<[string, string], StoredBlock>(
        'SELECT first, block FROM postings WHERE recent IN (0, 1) AND term >= ? AND term < ?',
      )
      .raw();
    this.#count = db
      .prepare<[string], number>('SELECT total(count) FROM postings WHERE recent IN (0, 1) AND term = ?')
      .pluck();
    // A part that is written out is found twice as fast as one that is bound.
    this.#next = PARTS.map((recent) =>
      db
        .prepare<[string], string>(
          `SELECT term FROM postings WHERE recent = ${recent} AND term >= ? ORDER BY term LIMIT 1`,
        )
        .pluck(),
    );
    this.#lastRank = db.prepare<[], number>('SELECT coalesce(max(rank), 0) FROM packages').pluck();
  }

  /** How many packages hold a term. */
  count(term: string): number {
    return this.#count.get(term) as number;
  }

  /** The same of many terms at once; those that no package holds are left out. */
  counts(terms: readonly string[]): Map<string, number> {
    const counts = new Map<string, number>();
    const sorted = [...terms].sort();
    const isBeyond = sorted.map((term) => BEYOND_BMP.test(term));
    const lastBeyond = isBeyond.lastIndexOf(true);
    for (const statement of this.#next) {
      // In the order of the table, one look says of all terms before the one that is found that they are not there.
      let next = '';
      let isAtEnd = false;
      for (const [at, term] of sorted.entries()) {
        if (isAtEnd && at > lastBeyond) break;
        if (isBeyond[at] || (term > next && !isAtEnd)) {
          const found = statement.get(term);
          if (found === undefined) {
            isAtEnd ||= !isBeyond[at];
            continue;
          }
          next = found;
        }
        if (term === next && !counts.has(term)) counts.set(term, this.count(term));
      }
    }
    return counts;
  }

  /** Room for all packages. */
  nowhere(): Places {
    return newPlaces(Math.min(MAX_RANK, (this.#lastRank.get() as number) + 1));
  }

  /** Adds the packages that hold a term. */
  add(places: Places, term: string): void {
    for (const [first, bytes] of this.#blocks.all(term)) addBlock(places, first, bytes);
  }

  /** Adds the packages that hold any word which begins so. */
  addBeginning(places: Places, prefix: string): void {
    for (const [first, bytes] of this.#range.all(prefix, prefix + LAST_CHARACTER)) {
      addBlock(places, first, bytes);
    }
  }
}

/** What a package holds from now on: a place, or undefined when it holds the term no longer. */
export type PostingChanges = Map<number, Place | undefined>;

export class PostingsWriter {
  readonly #ranked: number;
  /** The terms that have a recent list, when none had before: what is not among them need not be looked up. */
  readonly #recentTerms: Set<string> | undefined;
  readonly #last: Database.Statement<[recent: number, string], StoredBlock>;
  readonly #before: Database.Statement<[recent: number, string, number], StoredBlock>;
  readonly #after: Database.Statement<[recent: number, string, number], StoredBlock>;
  readonly #delete: Database.Statement<[recent: number, string, number]>;
  readonly #write: Database.Statement<[recent: number, string, number, number, Uint8Array]>;

  constructor(db: Database.Database) {
    const read = <P extends unknown[]>(where: string, order: string) =>
      db
        .prepare<P, StoredBlock>(
          `SELECT first, block FROM postings WHERE recent = ? AND ${where} ORDER BY ${order} LIMIT 1`,
        )
        .raw();
    this.#ranked = readRanked(db);
    const anyRecent = db.prepare('SELECT 1 FROM postings WHERE recent = 1 LIMIT 1').get();
    this.#recentTerms = anyRecent === undefined ? new Set() : undefined;
    this.#last = read('term = ?', 'first DESC');
    this.#before = read('term = ? AND first <= ?', 'first DESC');
    this.#after = read('term = ? AND first > ?', 'first');
    this.#delete = db.prepare('DELETE FROM postings WHERE recent = ? AND term = ? AND first = ?');
    this.#write = db.prepare(
      'REPLACE INTO postings (recent, term, first, count, block) VALUES (?, ?, ?, ?, ?)',
    );
  }

  /** Changes the blocks of a list that the changes fall into, and no others. */
  change(term: string, changes: PostingChanges): void {
    const ranks = Float64Array.from(changes.keys()).sort();
    for (let from = 0; from < ranks.length; ) {
      const recent = (ranks[from] as number) > this.#ranked ? 1 : 0;
      const [block, end] = this.#blockFor(recent, term, ranks[from] as number);
      let to = from + 1;
      while (to < ranks.length && (ranks[to] as number) < end) to += 1;
      this.#rewrite(recent, term, block, ranks.subarray(from, to), changes);
      from = to;
    }
  }

  /** The block that a rank is in or belongs to, and where the next one begins. */
  #blockFor(recent: number, term: string, rank: number): [StoredBlock | undefined, number] {
    const isNew = recent === 1 && this.#recentTerms?.has(term) === false;
    const last = isNew ? undefined : this.#last.get(recent, term);
    // What is new has the highest rank of all.
    const lastEnd = recent === 1 ? Number.POSITIVE_INFINITY : this.#ranked + 1;
    if (last === undefined || rank >= last[0]) return [last, lastEnd];
    const block =
      this.#before.get(recent, term, rank) ?? (this.#after.get(recent, term, rank) as StoredBlock);
    const next = this.#after.get(recent, term, Math.max(rank, block[0]));
    return [block, next === undefined ? lastEnd : next[0]];
  }

  #rewrite(
    recent: number,
    term: string,
    old: StoredBlock | undefined,
    ranks: Float64Array,
    changes: PostingChanges,
  ): void {
    const kept = old === undefined ? [] : decodeBlock(...old);
    const postings: Posting[] = [];
    let at = 0;
    for (const rank of ranks) {
      while (at < kept.length && (kept[at] as Posting).rank < rank) {
        postings.push(kept[at] as Posting);
        at += 1;
      }
      if (kept[at]?.rank === rank) at += 1;
      const place = changes.get(rank);
      if (place !== undefined) postings.push({ rank, place });
    }
    postings.push(...kept.slice(at));
    if (recent === 1) this.#recentTerms?.add(term);
    const blocks = encodeBlocks(postings);
    if (old !== undefined && blocks[0]?.first !== old[0]) this.#delete.run(recent, term, old[0]);
    for (const { first, count, bytes } of blocks) this.#write.run(recent, term, first, count, bytes);
  }
}
