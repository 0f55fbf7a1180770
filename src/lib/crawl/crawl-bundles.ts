/**
 * Crawls a registry that has bundle paths and no log: `GET /v1/bundles/search?sort=recent`, the newest first.
 *
 * Pages are by offset, and the list moves while it is read. What is added or updated moves to the front and pushes the
 * rest back: pages repeat some of the last one, and afterwards the front is looked at again. What is removed pulls the
 * rest forward: pages overlap, and when one has nothing in common with what was seen, it goes back until one has.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import type { ChangeGatherer } from '../sync/changes.ts';
import { parseSearchPage, type SearchPage } from './bundles-answers.ts';
import { finishRound, finishWhole } from './finish.ts';
import { CRAWL_LIMITS } from './limits.ts';
import { applyPage, packageCount } from './pages.ts';
import type { PoliteClient } from './polite-client.ts';
import { type CrawlState, readCrawlState, writeCrawlState } from './state.ts';

export interface CrawlOptions {
  readonly db: Database.Database;
  readonly client: PoliteClient;
  readonly now: () => Date;
  readonly changes: ChangeGatherer;
  /** What another server has the name of already: gathers what its registry calls it. */
  readonly taken: Set<string>;
  /** Told of how many packages are known. */
  readonly onProgress: (known: number) => void;
}

/**
 * Goes on where the last crawl was cut off, looks at what is new, and at the whole list when that is due.
 * @returns the packages that are gone
 * @throws MpakError NETWORK, REGISTRY_ANSWER, REGISTRY_BUSY: what has come is kept; REGISTRY_SHRUNK
 */
export async function crawlBundles(options: CrawlOptions): Promise<string[]> {
  const { db, now } = options;
  const state = beginRound(db, now());
  if (state.whole === null) {
    await lookAtNew(options);
    finishRound(db, now());
    return [];
  }
  if (!state.whole.read) await lookAtAll(options);
  // What came, or moved, to the front meanwhile.
  await lookAtNew(options);
  return finishWhole(db, now());
}

/** Counts a sync, and begins to look at the whole list when that is due. */
export function beginRound(db: Database.Database, now: Date): CrawlState {
  return db
    .transaction(() => {
      const state = readCrawlState(db);
      const round = state.round + 1;
      const begins = state.whole === null && isDue(state, now.getTime());
      const next: CrawlState = {
        ...state,
        round,
        open_round: state.open_round ?? round,
        pass: begins ? state.pass + 1 : state.pass,
        whole: begins ? { offset: 0, cursor: null, begun_at: now.toISOString(), read: false } : state.whole,
      };
      writeCrawlState(db, next);
      return next;
    })
    .immediate();
}

/** A clock that was ahead at the last sync, and was put right, says nothing of what is new since. */
function isDue({ next_whole_at, synced_at }: CrawlState, now: number): boolean {
  if (next_whole_at === null || Date.parse(next_whole_at) <= now) return true;
  return synced_at !== null && Date.parse(synced_at) > now + CRAWL_LIMITS.clocksMs;
}

async function lookAtAll(options: CrawlOptions): Promise<void> {
  const { db, client, changes, taken, onProgress } = options;
  let [stale, gaps] = [0, 0];
  for (let pages = 0; ; pages += 1) {
    if (pages > (2 * CRAWL_LIMITS.packages) / CRAWL_LIMITS.pageSize) throw endless(client);
    const { offset } = readCrawlState(db).whole ?? { offset: 0 };
    const page = await fetchPage(client, offset);
    let hasGap = false;
    const outcome = applyPage(
      db,
      page.packages,
      (state, { seen }) => {
        // A page behind the end of a list that became shorter is a gap, too; one of which nothing can be read is none.
        const isReadable = page.packages.length > 0 || page.length === 0;
        hasGap = offset > 0 && seen === 0 && isReadable;
        const next = hasGap ? Math.max(0, offset - CRAWL_LIMITS.pageSize) : offset + stepOf(page);
        return page.hasMore || hasGap ? moved(state, next) : wasRead(state);
      },
      changes,
      taken,
    );
    onProgress(packageCount(db));
    if (hasGap) gaps += 1;
    stale = outcome.unseen === 0 ? stale + 1 : 0;
    if (stale > CRAWL_LIMITS.stalePages + 2 * gaps || gaps > CRAWL_LIMITS.gaps) throw endless(client);
    if (!page.hasMore && !hasGap) return;
  }
}

/** To the next page, which has some in common with this one. */
function stepOf({ length }: SearchPage): number {
  return Math.max(1, length - Math.min(CRAWL_LIMITS.overlap, Math.ceil(length / 4)));
}

function moved(state: CrawlState, offset: number): CrawlState {
  return { ...state, whole: state.whole && { ...state.whole, offset } };
}

/** What comes from now on is of a round of its own: that is how the look at the front knows what it has seen. */
export function wasRead(state: CrawlState): CrawlState {
  const round = state.round + 1;
  return { ...state, round, open_round: round, whole: state.whole && { ...state.whole, read: true } };
}

async function lookAtNew({ db, client, changes, taken, onProgress }: CrawlOptions): Promise<void> {
  // Whatever is listed becomes known, but for what cannot be read.
  for (let offset = 0; offset <= 2 * packageCount(db) + 10 * CRAWL_LIMITS.pageSize; ) {
    const page = await fetchPage(client, offset);
    const { endsKnown } = applyPage(db, page.packages, (state) => state, changes, taken);
    onProgress(packageCount(db));
    if (endsKnown || !page.hasMore) return;
    offset += stepOf(page);
  }
  throw endless(client);
}

async function fetchPage(client: PoliteClient, offset: number): Promise<SearchPage> {
  const target = `/v1/bundles/search?sort=recent&limit=${CRAWL_LIMITS.pageSize}&offset=${offset}`;
  const answer = await client.get(target, CRAWL_LIMITS.pageBytes);
  const page = answer === undefined || answer === 'gone' ? undefined : parseSearchPage(answer.json);
  if (page !== undefined && !(page.length === 0 && page.hasMore)) return page;
  throw new MpakError('REGISTRY_ANSWER', 'The registry answered with something that is no list of bundles.', {
    hint: 'What has come so far is kept. Try again later; check the URL when it stays.',
  });
}

function endless(client: PoliteClient): MpakError {
  return new MpakError(
    'REGISTRY_ANSWER',
    `The registry's list does not end: it repeats itself after ${client.requests} requests.`,
    { hint: 'What has come so far is kept. Tell the operator of the registry.' },
  );
}
