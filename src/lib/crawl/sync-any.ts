/**
 * Brings the index of a registry of any kind up to date. Which kind it is, is found at the first sync: a signed log where
 * there is one, else bundle paths, else those of the MCP registry. Only a clear 404 says that there is no log: a registry
 * that is broken, busy or not reached is an error, and never taken for one that is unsigned.
 */
import { MpakError } from '../errors.ts';
import type { IndexSource } from '../index/read-source.ts';
import { withLock } from '../lock.ts';
import type { IndexStore } from '../sync/store.ts';
import { LOCK_WAIT_MS, type SyncOptions, type SyncReport, sync } from '../sync/sync.ts';
import type { CrawlReport } from './crawl.ts';
import { knownKind, signedIndexGone } from './kind.ts';
import type { PoliteClient } from './polite-client.ts';

const CHECKPOINT = '/v1/index/checkpoint';

export interface SyncAnyOptions extends SyncOptions {
  /** Asks a registry that has no log; made when it is needed, and closed by whoever made it. */
  readonly crawler: () => PoliteClient;
  /** Told of how many packages a crawl knows. */
  readonly onCrawl: (known: number) => void;
}

export type AnySyncReport = (SyncReport & { readonly source: 'signed' }) | CrawlReport;

/**
 * @throws MpakError as sync does; SIGNED_INDEX_GONE when a log is not there any more, REGISTRY_WITHOUT_INDEX when the
 *   registry is of no kind that is known, REGISTRY_BUSY, REGISTRY_SHRUNK
 */
export async function syncAny(options: SyncAnyOptions): Promise<AnySyncReport> {
  const { store, pin, verify } = options;
  store.create();
  const known = knownKind(store);
  const mayBeCrawled = known !== 'signed' && pin === undefined;
  if (!mayBeCrawled || (await mayBeSigned(options, known))) {
    try {
      return { source: 'signed', ...(await sync(options)) };
    } catch (error) {
      if (!mayBeCrawled) throw isWithoutIndex(error) ? signedIndexGone(store, pin) : error;
      const answer = await askAgain(options, error);
      if (answer === 'there') return { source: 'signed', ...(await sync(options)) };
      // Another process may have learned in the meantime that it is signed.
      if (knownKind(store) === 'signed') throw signedIndexGone(store, pin);
    }
  }
  // What most syncs do not need.
  const { crawl, kindOf } = await import('./crawl.ts');
  const kind = known === 'bundles' || known === 'mcp' ? known : await kindOf(options.crawler());
  if (kind === undefined) throw noKind(store);
  if (verify) throw nothingToVerify(store);
  return withLock(store.lockFile, { waitMs: LOCK_WAIT_MS, holder: 'Another `mpak sync`' }, () =>
    crawl(options, kind),
  );
}

/** Whether there is a log. What was too much at first is asked for again, patiently. @throws whatever else it failed for */
async function askAgain({ crawler }: SyncAnyOptions, error: unknown): Promise<'there' | 'none'> {
  if (isWithoutIndex(error)) return 'none';
  if (!(error instanceof MpakError && error.code === 'REGISTRY_ANSWER')) throw error;
  return (await crawler().isThere(CHECKPOINT)) ? 'there' : 'none';
}

function isWithoutIndex(error: unknown): boolean {
  return error instanceof MpakError && error.code === 'REGISTRY_WITHOUT_INDEX';
}

/** A crawled registry may have become one with a log. What limits requests is asked patiently. */
async function mayBeSigned(options: SyncAnyOptions, known: IndexSource | undefined): Promise<boolean> {
  return known === undefined || options.crawler().isThere(CHECKPOINT);
}

function noKind(store: IndexStore): MpakError {
  return new MpakError(
    'REGISTRY_WITHOUT_INDEX',
    `${store.label} serves no index of any kind that mpak knows.`,
    {
      hint: 'Is the URL that of a registry? It has neither a signed log, nor bundles, nor servers to list.',
    },
  );
}

function nothingToVerify(store: IndexStore): MpakError {
  return new MpakError('USAGE', `${store.label} signs nothing: there is no log to verify its index by.`, {
    hint: 'Leave out `--verify`. What is installed from it is verified by its attestation.',
  });
}
