/**
 * The end of a look at the whole list of a registry: what was not on it is gone, but for a list that is so short that it
 * is rather broken, or made to empty the index.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { CrawledApplier } from '../index/apply-crawled.ts';
import { rerank } from '../index/rank.ts';
import { CRAWL_LIMITS } from './limits.ts';
import { packageCount } from './pages.ts';
import { readCrawlState, writeCrawlState } from './state.ts';

/**
 * @returns the packages that were taken away
 * @throws MpakError REGISTRY_SHRUNK when that would be too many: then none is
 */
export function finishWhole(db: Database.Database, now: Date): string[] {
  const [removed, kept] = db
    .transaction((): [string[], number] => {
      const state = readCrawlState(db);
      const missing = db
        .prepare<[number], string>('SELECT package FROM crawled WHERE pass < ? ORDER BY package')
        .pluck()
        .all(state.pass);
      const most = Math.max(CRAWL_LIMITS.removedAnyway, packageCount(db) * CRAWL_LIMITS.removedShare);
      // Whatever it was before: a list without anything is no list.
      const isBelieved = missing.length <= most && missing.length < packageCount(db);
      const isSettled = isBelieved || missing.length === 0;
      if (isSettled) {
        const applier = new CrawledApplier(db);
        for (const name of missing) applier.remove(name);
        applier.flush();
        rerank(db);
      }
      const pause = isSettled ? CRAWL_LIMITS.wholeMs : CRAWL_LIMITS.wholeAgainMs;
      writeCrawlState(db, {
        ...state,
        whole: null,
        open_round: null,
        whole_at: now.toISOString(),
        next_whole_at: new Date(now.getTime() + pause).toISOString(),
        synced_at: now.toISOString(),
      });
      return isSettled ? [missing, 0] : [[], missing.length];
    })
    .immediate();
  if (kept === 0) return removed;
  throw new MpakError(
    'REGISTRY_SHRUNK',
    `The registry does not list ${kept} of the ${packageCount(db)} packages that it had: nothing was taken away.`,
    {
      hint: 'What is new was added. If it is right, start anew: `mpak sync --full`; else ask its operator.',
    },
  );
}

/** The end of a look at what is new. */
export function finishRound(db: Database.Database, now: Date): void {
  db.transaction(() =>
    writeCrawlState(db, { ...readCrawlState(db), open_round: null, synced_at: now.toISOString() }),
  ).immediate();
}
