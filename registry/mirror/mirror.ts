/**
 * `mpak-registry mirror`: a registry that follows another one of any kind into its own signed log, so that whoever is
 * behind it has one index that works offline. It works beside `mpak-registry serve` on the same folder, which serves what
 * it appends, and refuses announcements.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import type { Logger } from 'pino';
import type { ArchiveReader } from '../../src/lib/crawl/details.ts';
import { signedIndexGone } from '../../src/lib/crawl/kind.ts';
import { PoliteClient } from '../../src/lib/crawl/polite-client.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { fetchUnsized } from '../../src/lib/remote/download.ts';
import type { Proxies } from '../../src/lib/remote/node-http.ts';
import { RegistryClient } from '../../src/lib/remote/registry-client.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import type { DataFolder } from '../data-folder.ts';
import { MIRROR_LIMITS, OPERATOR_PATIENCE_MS } from '../limits.ts';
import { writeTransaction } from '../write.ts';
import { copyAttestations } from './copy-attestations.ts';
import { followCrawled, isCrawled, type PassedOver } from './follow-crawled.ts';
import { followSigned } from './follow-signed.ts';
import { becomeMirror, changeMirror, type MirrorState, requireMirror } from './state.ts';

export interface MirrorOptions {
  readonly data: DataFolder;
  readonly from: URL;
  /** Key id that the origin must sign with: then it can only be a signed one. */
  readonly pin: string | undefined;
  readonly userAgent: string;
  readonly proxies: Proxies;
  readonly now: () => Date;
  /** Waits that many milliseconds, or until it is to stop. */
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly isStopped: () => boolean;
  /** From one round to the next; empty at first. */
  readonly passedOver: PassedOver;
  readonly log: Logger;
}

export interface RoundReport {
  /** Entries that the mirror's log got. */
  readonly appended: number;
  readonly state: MirrorState;
}

/** Follows once. @throws MpakError as a sync does, and what went wrong is in the mirror's state */
export async function mirrorOnce(db: Database.Database, options: MirrorOptions): Promise<RoundReport> {
  const { from, now } = options;
  const store = new IndexStore(path.join(options.data.path, 'mirror'), from);
  await write(db, () => {
    becomeMirror(db, store.label);
    changeMirror(db, { last_attempt_at: now().toISOString() });
  });
  try {
    const appended = await follow(db, store, options);
    await write(db, () => changeMirror(db, { last_success_at: now().toISOString(), error: null }));
    return { appended, state: requireMirror(db) };
  } catch (error) {
    const { code = 'INTERNAL', message } = error as { code?: string; message: string };
    await write(db, () => {
      const { errors } = requireMirror(db);
      changeMirror(db, { errors: errors + 1, error: { code, message, at: now().toISOString() } });
    });
    throw error;
  }
}

async function follow(db: Database.Database, store: IndexStore, options: MirrorOptions): Promise<number> {
  const { from, pin, userAgent, proxies, now, sleep, isStopped, passedOver } = options;
  const { kind } = requireMirror(db);
  const client = new RegistryClient(from, userAgent, proxies);
  const crawler = new PoliteClient({ registry: from, userAgent, proxies, now, sleep });
  try {
    // What limits requests is asked patiently.
    const hasLog = await crawler.isThere('/v1/index/checkpoint');
    if (!hasLog && (kind === 'signed' || pin !== undefined)) throw signedIndexGone(store, pin);
    if (hasLog && isCrawled(kind)) throw hasLogNow(store);
    if (hasLog) {
      const appended = await followSigned({ db, client, store, now, pin });
      const missing = await copyAttestations(db, from, userAgent, isStopped);
      await write(db, () => changeMirror(db, { attestations_missing: missing }));
      return appended;
    }
    const read = reader(store, options);
    const appended = await followCrawled({ db, store, crawler, now, isStopped, read, passedOver });
    if (appended !== undefined) return appended;
    throw new MpakError(
      'REGISTRY_WITHOUT_INDEX',
      `${store.label} is no registry of a kind that mpak knows.`,
      {
        hint: 'Check the URL: it has neither a signed log, nor bundles, nor servers to list.',
      },
    );
  } finally {
    client.close();
    crawler.close();
  }
}

/** Bundles of a registry that says nothing of what is in them: looked into, and not kept. */
function reader(store: IndexStore, { from, userAgent }: MirrorOptions): ArchiveReader['read'] {
  return async ({ url, sha256 }) => {
    // Where the next round clears away what a killed one has left.
    const file = store.temporaryFile('.mcpb');
    try {
      await fetchUnsized({ url, registry: from, file, sha256, userAgent });
      return readFileSync(file);
    } finally {
      rmSync(file, { force: true });
    }
  };
}

/** Follows until it is to stop. What goes wrong is logged and tried again, later each time. */
export async function mirror(
  db: Database.Database,
  intervalMs: number,
  options: MirrorOptions,
): Promise<void> {
  const { log, sleep, random, isStopped } = options;
  for (let failures = 0; !isStopped(); ) {
    try {
      const { appended, state } = await mirrorOnce(db, options);
      failures = 0;
      log.info({ appended, copied: state.copied, size: state.size, from: state.from }, 'mirrored');
    } catch (error) {
      if (!(error instanceof MpakError) || error.code === 'USAGE') throw error;
      failures += 1;
      log.error({ code: error.code, failure: error.message, failures }, 'not mirrored');
    }
    if (!isStopped()) await sleep(pauseAfter(failures, intervalMs, random()));
  }
}

/** The interval; after failures more and more, from a short pause on, up to an hour or the interval. */
export function pauseAfter(failures: number, intervalMs: number, random: number): number {
  if (failures === 0) return intervalMs;
  const longest = Math.max(intervalMs, MIRROR_LIMITS.longestPauseMs);
  const pause = Math.min(longest, Math.min(intervalMs, MIRROR_LIMITS.firstPauseMs) * 2 ** (failures - 1));
  return pause * (0.5 + random / 2);
}

function hasLogNow(store: IndexStore): MpakError {
  return new MpakError('ORIGIN_MISMATCH', `${store.label} has a signed log now, and was crawled before.`, {
    hint: 'Start a new mirror in another folder: its entries are copied and verified then, and not imported.',
  });
}

function write(db: Database.Database, work: () => void): Promise<void> {
  return writeTransaction(db, work, OPERATOR_PATIENCE_MS);
}
