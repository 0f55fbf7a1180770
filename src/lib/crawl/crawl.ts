/** Crawls a registry that has no log: finds its kind, makes or opens its index, and brings that up to date. */
import { existsSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { takeOverDigests } from '../index/apply-crawled-sql.ts';
import { openIndex } from '../index/open.ts';
import { declareSource, sourceOf } from '../index/read-source.ts';
import { ChangeGatherer, type ChangeSummary } from '../sync/changes.ts';
import type { IndexStore } from '../sync/store.ts';
import { parseSearchPage } from './bundles-answers.ts';
import { crawlBundles } from './crawl-bundles.ts';
import { type CrawledKind, knownKind, pinKind, signedIndexGone } from './kind.ts';
import { CRAWL_LIMITS } from './limits.ts';
import { packageCount } from './pages.ts';
import type { PoliteClient } from './polite-client.ts';
import { readCrawlState } from './state.ts';

export interface CrawlIndexOptions {
  readonly store: IndexStore;
  readonly crawler: () => PoliteClient;
  readonly now: () => Date;
  /** Crawl anew, whatever is on the disk. */
  readonly full: boolean;
  readonly onCrawl: (known: number) => void;
}

/** What a crawl did to the index. */
export interface CrawlReport {
  readonly source: CrawledKind;
  readonly changes: ChangeSummary;
  /** Packages that the registry does not list any more. */
  readonly removed: readonly string[];
  /** What is left out, for its name here is another's already: what its registry calls it. */
  readonly taken: readonly string[];
  /** Packages before and now. */
  readonly from: number;
  readonly to: number;
  /** The whole list was looked at, not only what is new. */
  readonly whole: boolean;
  readonly requests: number;
}

/** @returns undefined when its answers are of no kind that is known @throws MpakError when it does not answer properly */
export async function kindOf(client: PoliteClient): Promise<CrawledKind | undefined> {
  const bundles = await client.get('/v1/bundles/search?sort=recent&limit=1&offset=0', CRAWL_LIMITS.pageBytes);
  if (typeof bundles === 'object' && parseSearchPage(bundles.json) !== undefined) return 'bundles';
  const servers = await client.get('/v0.1/servers?limit=1&version=latest', CRAWL_LIMITS.pageBytes);
  const { parseServerPage } = await import('./mcp-answers.ts');
  if (typeof servers === 'object' && parseServerPage(servers.json) !== undefined) return 'mcp';
  return undefined;
}

/**
 * Crawls into the index that is there, or a new one. Call it under the lock of the store.
 * @throws MpakError as the crawls do; what has come is kept
 */
export async function crawl(options: CrawlIndexOptions, kind: CrawledKind): Promise<CrawlReport> {
  const { store, full } = options;
  if (knownKind(store) === 'signed') throw signedIndexGone(store, undefined);
  pinKind(store, kind);
  store.tidy();
  const current = full ? undefined : currentOf(store, kind);
  const file = current ?? store.newIndexFile();
  const db = openIndex(file);
  try {
    if (current === undefined) db.transaction(() => declareSource(db, kind)).immediate();
    if (full) keepDigests(db, store, kind);
    // At once, so that a crawl which is cut off goes on in it; but not in the place of one that is whole.
    if (current === undefined && !full) store.switchTo(file);
    const report = await run(options, kind, db);
    if (full) store.switchTo(file);
    return report;
  } finally {
    db.close();
    // A reader leaves the files without which nobody can read it on a disk that may only be read.
    if (store.current() === file) store.open().close();
  }
}

/** Digests that were seen stand in a new index, too. One that is damaged is what a new one is made for. */
function keepDigests(db: Database.Database, store: IndexStore, kind: CrawledKind): void {
  try {
    if (currentOf(store, kind) === undefined) return;
    const before = store.open();
    try {
      db.transaction(() => takeOverDigests(db, before)).immediate();
    } finally {
      before.close();
    }
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (!(error instanceof MpakError) && !String(code).startsWith('SQLITE_')) throw error;
  }
}

async function run(
  options: CrawlIndexOptions,
  kind: CrawledKind,
  db: Database.Database,
): Promise<CrawlReport> {
  const { now, onCrawl } = options;
  const client = options.crawler();
  const changes = new ChangeGatherer();
  const taken = new Set<string>();
  const from = packageCount(db);
  const before = readCrawlState(db).whole_at;
  const work = { db, client, now, changes, taken, onProgress: onCrawl };
  const removed =
    kind === 'bundles' ? await crawlBundles(work) : await (await import('./crawl-mcp.ts')).crawlMcp(work);
  return {
    source: kind,
    changes: changes.summary(),
    removed,
    taken: [...taken].sort(),
    from,
    to: packageCount(db),
    whole: readCrawlState(db).whole_at !== before,
    requests: client.requests,
  };
}

/** The index in use when it is of that kind. Another one stays until the new one takes its place. */
function currentOf(store: IndexStore, kind: CrawledKind): string | undefined {
  const file = store.current();
  if (file === undefined || !existsSync(file)) return undefined;
  const db = openIndex(file);
  try {
    return sourceOf(db) === kind ? file : undefined;
  } finally {
    db.close();
  }
}
