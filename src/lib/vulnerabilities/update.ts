/**
 * Brings vulnerability data up to date: docs/vulnerabilities.md. Each feed is replaced as a whole, in one transaction: what
 * is refused, or interrupted, leaves what was there.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import type { HttpClient } from '../remote/http-client.ts';
import { systemError } from '../system-error.ts';
import { openVulnerabilities } from './database.ts';
import { feedInvalid } from './feed-invalid.ts';
import { ECOSYSTEMS, FEED_FILES, FEED_NAMES, type FeedName, type Feeds, isOsv, typeOf } from './feeds.ts';
import { fetchFeed } from './fetch-feed.ts';
import { type Imported, importOsv } from './import-osv.ts';
import { importEpss, importKev } from './import-scores.ts';

/** How folders of downloads begin, beside the database: a feed may be larger than what /tmp holds. */
const FETCHED = '.fetch-';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Where all feeds are: at their own places, below a mirror's URL, or in a folder. */
export type Origin = { readonly feeds: Feeds } | { readonly mirror: URL } | { readonly folder: string };

export interface UpdateOptions {
  /** Of the database. */
  readonly file: string;
  readonly origin: Origin;
  readonly http: HttpClient;
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly only?: readonly FeedName[];
  readonly progress?: (step: { feed: FeedName; what: 'fetch' | 'import'; done: number }) => void;
}

export interface UpdatedFeed {
  readonly feed: FeedName;
  /** ISO 8601. */
  readonly asOf: string;
  readonly records: number;
  /** False: what is there is newer, and was kept. */
  readonly replaced: boolean;
}

/**
 * @returns what was found; a folder need not have every feed
 * @throws MpakError NETWORK, FEED_INVALID, NOT_FOUND, IO_FAILED, BUSY
 */
export async function updateVulnerabilities(options: UpdateOptions): Promise<UpdatedFeed[]> {
  const { file, only = FEED_NAMES } = options;
  const updated: UpdatedFeed[] = [];
  const db = openVulnerabilities(file);
  try {
    clearFetched(file, options.now);
    for (const feed of only) {
      const result = await updateFeed(db, feed, options);
      if (result !== undefined) updated.push(result);
    }
  } catch (error) {
    throw systemError(error) ?? error;
  } finally {
    db.close();
  }
  if (updated.length > 0 || !('folder' in options.origin)) return updated;
  throw new MpakError('NOT_FOUND', `There is no vulnerability data in ${options.origin.folder}.`, {
    hint: `It may hold ${Object.values(FEED_FILES).join(', ')}.`,
  });
}

async function updateFeed(
  db: Database.Database,
  feed: FeedName,
  { file, origin, http, now, signal, progress }: UpdateOptions,
): Promise<UpdatedFeed | undefined> {
  if ('folder' in origin) {
    const found = inFolder(origin.folder, feed);
    return found === undefined ? undefined : take(db, feed, { file: found, source: found, now, progress });
  }
  const url = urlOf(origin, feed);
  const temporary = mkdtempSync(`${file}${FETCHED}`);
  try {
    const report = (done: number) => progress?.({ feed, what: 'fetch', done });
    const fetched = await fetchFeed(http, url, temporary, { progress: report, ...(signal && { signal }) });
    return await take(db, feed, { file: fetched, source: url.href, now, progress });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What updates left behind that were killed: nobody fetches for a day. */
function clearFetched(file: string, now: Date): void {
  const beginning = `${path.basename(file)}${FETCHED}`;
  for (const name of readdirSync(path.dirname(file))) {
    const left = path.join(path.dirname(file), name);
    if (!name.startsWith(beginning)) continue;
    const { mtimeMs } = statSync(left, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && now.getTime() - mtimeMs > DAY_MS)
      rmSync(left, { recursive: true, force: true });
  }
}

interface Taken {
  readonly file: string;
  readonly source: string;
  readonly now: Date;
  readonly progress: UpdateOptions['progress'];
}

/** In one transaction, which begins with the right to write. */
async function take(
  db: Database.Database,
  feed: FeedName,
  { file, source, now, progress }: Taken,
): Promise<UpdatedFeed> {
  db.exec('BEGIN IMMEDIATE');
  try {
    const imported = await importFeed(db, feed, file, source, (done) =>
      progress?.({ feed, what: 'import', done }),
    );
    // What says that it is of tomorrow would never grow old.
    const asOf = (imported.asOf > now ? now : imported.asOf).toISOString();
    const before = db.prepare('SELECT as_of AS asOf FROM feed WHERE name = ?').get(feed) as
      | { asOf: string }
      | undefined;
    const replaced = before === undefined || before.asOf <= asOf;
    if (replaced) {
      db.prepare(
        'INSERT OR REPLACE INTO feed (name, source, as_of, read_at, records) VALUES (?, ?, ?, ?, ?)',
      ).run(feed, source, asOf, now.toISOString(), imported.records);
    }
    db.exec(replaced ? 'COMMIT' : 'ROLLBACK');
    return { feed, asOf, records: imported.records, replaced };
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) {
      throw feedInvalid(source, 'Something is in it twice.', error);
    }
    throw error;
  }
}

async function importFeed(
  db: Database.Database,
  feed: FeedName,
  file: string,
  source: string,
  progress: (records: number) => void,
): Promise<Imported> {
  if (isOsv(feed)) return importOsv(db, typeOf(feed), file, source, progress);
  return feed === 'epss' ? importEpss(db, file, source) : importKev(db, file, source);
}

function urlOf(origin: { readonly feeds: Feeds } | { readonly mirror: URL }, feed: FeedName): URL {
  if ('mirror' in origin) return below(origin.mirror, FEED_FILES[feed]);
  return isOsv(feed) ? below(new URL(origin.feeds.osv), FEED_FILES[feed]) : new URL(origin.feeds[feed]);
}

function below(base: URL, file: string): URL {
  return new URL(file, base.href.replace(/\/*$/, '/'));
}

/** The file, or the folder of an ecosystem that was unpacked; EPSS also uncompressed. */
function inFolder(folder: string, feed: FeedName): string | undefined {
  const places = [FEED_FILES[feed], ...(isOsv(feed) ? [ECOSYSTEMS[typeOf(feed)]] : [])];
  if (feed === 'epss') places.push(FEED_FILES.epss.replace(/\.gz$/, ''));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  return places.map((place) => path.join(folder, place)).find((place) => existsSync(place));
}
