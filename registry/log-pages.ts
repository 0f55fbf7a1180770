/**
 * The pages of the log as they are sent. A full page never changes, so its compressed bytes are kept: it is read and
 * compressed once, however many clients are on their first sync.
 */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { readEdge } from '../src/lib/index/meta.ts';
import { PAGE_SIZE } from '../src/lib/log/checkpoint-form.ts';
import { joinLines } from '../src/lib/log/page.ts';
import { type Coding, compress } from './encoding.ts';

export interface FullPage {
  readonly bytes: Uint8Array;
  /** Of what the bytes decode to: the same in every coding, and so a weak one. */
  readonly etag: string;
}

/** A page that may still grow, not compressed. */
export interface PartialPage {
  readonly lines: Uint8Array;
  /** Of the log. */
  readonly size: number;
}

export class LogPages {
  readonly #db: Database.Database;
  readonly #maxBytes: number;
  /** The least recently used first. */
  readonly #kept = new Map<string, FullPage>();
  readonly #underWay = new Map<string, Promise<FullPage>>();
  #bytes = 0;

  /** @param maxBytes of all that is kept */
  constructor(db: Database.Database, maxBytes: number) {
    this.#db = db;
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A page from 0; its lines are empty where the log does not reach it. */
  async read(number: number, coding: Coding): Promise<FullPage | PartialPage> {
    const key = `${number} ${coding}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const { lines, size } = this.#lines(number);
    if (lines.length < PAGE_SIZE) return { lines: joinLines(lines), size };
    const page = encodePage(joinLines(lines), coding);
    this.#underWay.set(key, page);
    try {
      this.#keep(key, await page);
    } finally {
      this.#underWay.delete(key);
    }
    return page;
  }

  /** The lines of a page behind its first ones: few, and not worth keeping. */
  readRest(number: number, first: number): PartialPage & { readonly count: number } {
    const { lines, size } = this.#lines(number);
    const rest = lines.slice(first);
    return { lines: joinLines(rest), size, count: rest.length };
  }

  #lines(number: number): { lines: Buffer[]; size: number } {
    const db = this.#db;
    return db
      .transaction(() => ({
        size: readEdge(db).size,
        lines: db
          .prepare<[number, number], Buffer>('SELECT line FROM log WHERE seq >= ? AND seq < ? ORDER BY seq')
          .pluck()
          .all(number * PAGE_SIZE, (number + 1) * PAGE_SIZE),
      }))
      .deferred();
  }

  #keep(key: string, page: FullPage): void {
    this.#kept.set(key, page);
    this.#bytes += page.bytes.length;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}

async function encodePage(lines: Uint8Array, coding: Coding): Promise<FullPage> {
  const etag = `W/"${createHash('sha256').update(lines).digest('base64url')}"`;
  return { bytes: coding === 'identity' ? lines : await compress(lines, coding), etag };
}
