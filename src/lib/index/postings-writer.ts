/**
 * Changes posting lists. A list has two parts: of the packages that were there when all were ranked, and of those that are
 * recent. New packages change the recent lists alone, which lie together in few pages of the file.
 */
import type Database from 'better-sqlite3';
import { readRanked } from './meta.ts';
import type { Place } from './places.ts';
import { decodeBlock, encodeBlocks, type Posting } from './posting-blocks.ts';

type StoredBlock = [first: number, bytes: Uint8Array];

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
