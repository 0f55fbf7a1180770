/**
 * Applies a page of a list to a crawled index, together with how far the crawl has come: a process that is killed anywhere
 * leaves whole pages, and the next one goes on behind them.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { CrawledApplier } from '../index/apply-crawled.ts';
import type { CrawledPackage } from '../index/crawled-types.ts';
import type { ChangeGatherer } from '../sync/changes.ts';
import { CRAWL_LIMITS } from './limits.ts';
import { type CrawlState, readCrawlState, writeCrawlState } from './state.ts';

/** What a page was, with respect to what was known before it. */
export interface PageOutcome {
  /** Packages that this look at the whole list had not seen. */
  readonly unseen: number;
  /** Packages that it had. */
  readonly seen: number;
  /** The last one was known as it is since before the sync that is unfinished. */
  readonly endsKnown: boolean;
}

/** @param next what is true when the page is applied @throws MpakError REGISTRY_ANSWER when there are too many packages */
export function applyPage(
  db: Database.Database,
  packages: readonly CrawledPackage[],
  next: (state: CrawlState, outcome: PageOutcome) => CrawlState,
  changes: ChangeGatherer,
  taken: Set<string>,
): PageOutcome {
  return db
    .transaction(() => {
      const state = readCrawlState(db);
      const applier = new CrawledApplier(db);
      let [seen, unseen, endsKnown] = [0, 0, false];
      for (const crawled of packages) {
        const known = applier.known(crawled.name);
        const change = applier.apply(crawled, state);
        if (change === 'taken') {
          taken.add(crawled.original ?? crawled.name);
          continue;
        }
        if (known?.pass === state.pass) seen += 1;
        else unseen += 1;
        endsKnown =
          known !== undefined && change === 'same' && known.round < (state.open_round ?? state.round);
        if (change !== 'same') {
          changes.add({ kind: change, package: crawled.name, version: crawled.version });
        }
      }
      applier.flush();
      const outcome = { seen, unseen, endsKnown };
      writeCrawlState(db, next(state, outcome));
      refuseTooMany(db);
      return outcome;
    })
    .immediate();
}

export function packageCount(db: Database.Database): number {
  return db.prepare<[], number>('SELECT count(*) FROM crawled').pluck().get() as number;
}

function refuseTooMany(db: Database.Database): void {
  if (packageCount(db) <= CRAWL_LIMITS.packages) return;
  throw new MpakError('REGISTRY_ANSWER', `The registry lists more than ${CRAWL_LIMITS.packages} packages.`, {
    hint: 'No registry has as many. Is it the right one?',
  });
}
