/** How far the crawl of a registry has come: in the index itself, written in one transaction with the rows it is about. */
import type Database from 'better-sqlite3';
import { sourceOf } from '../index/read-source.ts';

export interface CrawlState {
  /** The looks at the whole list that were begun. */
  readonly pass: number;
  /** The syncs that were begun. */
  readonly round: number;
  /** Where the look at the whole list is that is not finished; null: none is under way. */
  readonly whole: {
    /** Of a list that is paged by numbers. */
    readonly offset: number;
    /** Of a list that is paged by cursors; null: at its start. */
    readonly cursor: string | null;
    /** ISO 8601 UTC. */
    readonly begun_at: string;
    /** Its end was seen: what is left is what came to the front meanwhile. */
    readonly read: boolean;
  } | null;
  /** The first sync whose look at what is new was not finished; null: the last one was. */
  readonly open_round: number | null;
  /** When the last look at the whole list was finished, and begun; null: never. */
  readonly whole_at: string | null;
  /** Up to when all that is new was seen: what is asked for with `updated_since`. */
  readonly until: string | null;
  /** When the next look at the whole list is due. */
  readonly next_whole_at: string | null;
  /** When the last sync was finished; null: none was. */
  readonly synced_at: string | null;
}

const START: CrawlState = {
  pass: 0,
  round: 0,
  whole: null,
  open_round: null,
  whole_at: null,
  until: null,
  next_whole_at: null,
  synced_at: null,
};

export function readCrawlState(db: Database.Database): CrawlState {
  const text = db.prepare("SELECT value FROM meta WHERE key = 'crawl'").pluck().get();
  return typeof text === 'string' ? { ...START, ...(JSON.parse(text) as Partial<CrawlState>) } : START;
}

/** Whether an index says all that its registry lists: not while its first crawl is cut off. */
export function isWhole(db: Database.Database): boolean {
  return sourceOf(db) === 'signed' || readCrawlState(db).synced_at !== null;
}

export function writeCrawlState(db: Database.Database, state: CrawlState): void {
  db.prepare(
    "INSERT INTO meta (key, value) VALUES ('crawl', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  ).run(JSON.stringify(state));
}
