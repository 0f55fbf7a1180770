/**
 * Answers that are kept while the index is as it was when they were made. Any write ends all of them, whoever wrote:
 * this process, the counter of downloads in it, or a command of the operator beside it. What they are besides a view of
 * the index, a matter of the clock, changes so slowly that some seconds do not matter.
 */
import type Database from 'better-sqlite3';
import type { Answer } from './http.ts';
import { type Representation, represent } from './representation.ts';

export interface AnswerCacheLimits {
  /** Of all that is kept. */
  readonly bytes: number;
  /** Of one: a larger answer is not kept. */
  readonly answerBytes: number;
  /** Writes of other processes are noticed after this time; those of this one at once. */
  readonly otherWritesMs: number;
  /** An answer is made again after this time. */
  readonly ageMs: number;
}

interface Kept {
  readonly representation: Representation;
  readonly cost: number;
  readonly madeAt: number;
}

/** What an answer takes beside its bytes and its key: headers, tag, objects. */
const OVERHEAD_BYTES = 2_048;
/** Of the limit, made free when it is reached. */
const ROOM_SHARE = 0.1;
/** As it is, and compressed in each of two ways. */
const COPIES = 3;

export class AnswerCache {
  readonly #limits: AnswerCacheLimits;
  readonly #now: () => Date;
  /** Changes when another connection has written. */
  readonly #dataVersion: Database.Statement<[], number>;
  /** Grows when this one has. */
  readonly #totalChanges: Database.Statement<[], number>;
  /** The least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #version = -1;
  #changes = -1;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(db: Database.Database, limits: AnswerCacheLimits, now: () => Date) {
    this.#limits = limits;
    this.#now = now;
    this.#dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.#totalChanges = db.prepare<[], number>('SELECT total_changes()').pluck();
  }

  /** Bytes that are kept, counted as if each answer had been asked for in every coding. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param key all that the answer depends on, besides the index
   * @param make has no stream for a body
   */
  async answer(key: string, make: () => Answer | Promise<Answer>): Promise<Representation> {
    this.#forgetWhenChanged();
    const [version, changes] = [this.#version, this.#changes];
    const madeAt = this.#now().getTime();
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#remove(key, kept);
      if (Math.abs(madeAt - kept.madeAt) < this.#limits.ageMs) {
        this.#add(key, kept);
        return kept.representation;
      }
    }
    const representation = represent(await make(), true);
    // Made before a write, and done after it: it is of the old index.
    if (version === this.#version && changes === this.#changes) this.#keep(key, representation, madeAt);
    return representation;
  }

  /** Before an answer is made: what is written meanwhile is noticed the next time. */
  #forgetWhenChanged(): void {
    const version = this.#otherWrites();
    const changes = this.#totalChanges.get() as number;
    if (version === this.#version && changes === this.#changes) return;
    this.#version = version;
    this.#changes = changes;
    this.#kept.clear();
    this.#bytes = 0;
  }

  /**
   * Asked once for the requests of a few milliseconds: it takes locks of the file. A command that wrote takes longer to
   * say so.
   */
  #otherWrites(): number {
    const at = performance.now();
    if (at - this.#askedAt < this.#limits.otherWritesMs) return this.#version;
    this.#askedAt = at;
    return this.#dataVersion.get() as number;
  }

  #keep(key: string, representation: Representation, madeAt: number): void {
    const { status, body } = representation;
    if (status !== 200 || body.length > this.#limits.answerBytes) return;
    const known = this.#kept.get(key);
    if (known !== undefined) this.#remove(key, known);
    const cost = 2 * key.length + COPIES * body.length + OVERHEAD_BYTES;
    this.#add(key, { representation, cost, madeAt });
    if (this.#bytes > this.#limits.bytes) this.#makeRoom(this.#limits.bytes * (1 - ROOM_SHARE));
  }

  /** Of many at once: what was removed from the front of a map is walked over each time. */
  #makeRoom(most: number): void {
    for (const [oldest, other] of this.#kept) {
      if (this.#bytes <= most) return;
      this.#remove(oldest, other);
    }
  }

  #add(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#bytes += kept.cost;
  }

  #remove(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#bytes -= kept.cost;
  }
}
