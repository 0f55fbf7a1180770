/**
 * Crawls a registry that has the MCP registry's read interface: `GET /v0.1/servers?version=latest`, by cursor, and later by
 * `updated_since`. What is updated while the list is read, behind the cursor, is asked for afterwards.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { CrawledApplier } from '../index/apply-crawled.ts';
import { beginRound, type CrawlOptions, wasRead } from './crawl-bundles.ts';
import { finishRound, finishWhole } from './finish.ts';
import { CRAWL_LIMITS } from './limits.ts';
import { parseServerPage, type ServerPage } from './mcp-answers.ts';
import { applyPage, packageCount } from './pages.ts';
import type { PoliteClient } from './polite-client.ts';
import { readCrawlState, writeCrawlState } from './state.ts';

/**
 * Goes on where the last crawl was cut off, looks at what is new, and at the whole list when that is due.
 * @returns the packages that are gone
 * @throws MpakError NETWORK, REGISTRY_ANSWER, REGISTRY_BUSY: what has come is kept; REGISTRY_SHRUNK
 */
export async function crawlMcp(options: CrawlOptions): Promise<string[]> {
  const { db, now } = options;
  const begun = now();
  const state = beginRound(db, begun);
  const removed: string[] = [];
  if (state.whole !== null && !state.whole.read) await lookAtAll(options, removed);
  // Since the look at the whole list began, or the last one at what is new.
  const since = state.whole?.begun_at ?? state.until;
  if (since !== null) await lookAtNew(options, since, removed);
  if (state.whole !== null) removed.push(...finishWhole(db, now()));
  else finishRound(db, now());
  db.transaction(() =>
    writeCrawlState(db, { ...readCrawlState(db), until: begun.toISOString() }),
  ).immediate();
  return [...new Set(removed)].sort();
}

async function lookAtAll(options: CrawlOptions, removed: string[]): Promise<void> {
  const { db } = options;
  const cursor = readCrawlState(db).whole?.cursor ?? undefined;
  await eachPage(options, {}, cursor, removed, (state, next) =>
    next === undefined
      ? wasRead(state)
      : { ...state, whole: state.whole && { ...state.whole, cursor: next } },
  );
}

/** The clocks of two machines differ. */
function lookAtNew(options: CrawlOptions, since: string, removed: string[]): Promise<void> {
  const from = new Date(Date.parse(since) - CRAWL_LIMITS.clocksMs).toISOString();
  return eachPage(options, { updated_since: from }, undefined, removed, (state) => state);
}

async function eachPage(
  { db, client, changes, taken, onProgress }: CrawlOptions,
  query: Readonly<Record<string, string>>,
  start: string | undefined,
  removed: string[],
  move: (
    state: ReturnType<typeof readCrawlState>,
    next: string | undefined,
  ) => ReturnType<typeof readCrawlState>,
): Promise<void> {
  const cursors = new Set<string>();
  let listed = 0;
  for (let cursor = start; ; ) {
    const page = await fetchPage(client, query, cursor);
    const { next } = page;
    removed.push(...remove(db, page.deleted));
    applyPage(db, page.packages, (state) => move(state, next), changes, taken);
    onProgress(packageCount(db));
    if (next === undefined) return;
    listed += page.length;
    // A cursor that comes again leads round in circles.
    if (cursors.has(next) || page.length === 0 || listed > CRAWL_LIMITS.packages) throw endless(client);
    cursors.add(next);
    cursor = next;
  }
}

/** What its registry says is deleted. */
function remove(db: Database.Database, deleted: ServerPage['deleted']): string[] {
  if (deleted.length === 0) return [];
  return db
    .transaction(() => {
      const applier = new CrawledApplier(db);
      const gone = deleted.filter(({ name, original }) => applier.known(name)?.original === original);
      for (const { name } of gone) applier.remove(name);
      applier.flush();
      return gone.map(({ name }) => name);
    })
    .immediate();
}

async function fetchPage(
  client: PoliteClient,
  query: Readonly<Record<string, string>>,
  cursor: string | undefined,
): Promise<ServerPage> {
  const parameters = new URLSearchParams({
    limit: String(CRAWL_LIMITS.pageSize),
    version: 'latest',
    ...query,
    ...(cursor !== undefined && { cursor }),
  });
  const answer = await client.get(`/v0.1/servers?${parameters}`, CRAWL_LIMITS.pageBytes);
  const page = answer === undefined || answer === 'gone' ? undefined : parseServerPage(answer.json);
  if (page !== undefined) return page;
  throw new MpakError('REGISTRY_ANSWER', 'The registry answered with something that is no list of servers.', {
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
