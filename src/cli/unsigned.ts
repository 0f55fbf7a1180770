/** How commands ask the registry of an index that nobody signed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { currentPlatform } from '../lib/bundle/platform.ts';
import { mpakHome } from '../lib/config/home.ts';
import type { ArchiveReader } from '../lib/crawl/details.ts';
import { knownKind } from '../lib/crawl/kind.ts';
import { PATIENCE } from '../lib/crawl/limits.ts';
import { PoliteClient, type PoliteClientOptions } from '../lib/crawl/polite-client.ts';
import type { Platform } from '../lib/index/bundle-types.ts';
import { proxiesOf } from '../lib/remote/node-http.ts';
import type { IndexStore } from '../lib/sync/store.ts';
import { ProgressLine, waitText } from './progress.ts';

/** The caller closes it. */
export function crawlerOf(
  store: IndexStore,
  userAgent: string,
  patience: Pick<PoliteClientOptions, 'onWait' | 'longestWaitMs' | 'answerMs'>,
): PoliteClient {
  return new PoliteClient({
    registry: store.registry,
    userAgent,
    proxies: proxiesOf(process.env),
    now: () => new Date(),
    sleep: (ms) => sleep(ms),
    ...patience,
  });
}

/** What was looked into is kept by its digest, and installed from there. */
function archiveReader(store: IndexStore, userAgent: string, now: () => Date): ArchiveReader['read'] {
  return async ({ url, sha256 }) => {
    const { Archives } = await import('../lib/cache/archives.ts');
    const { fetchUnsized } = await import('../lib/remote/download.ts');
    const archives = new Archives(mpakHome(process.env));
    const fetch = (file: string) => fetchUnsized({ url, registry: store.registry, file, sha256, userAgent });
    return archives.read(sha256, now()) ?? (await archives.add(sha256, now(), fetch));
  };
}

/**
 * Makes a crawled index know what a command needs of a package; nothing for a signed one.
 * @param all all versions are wanted
 * @throws MpakError DETAILS_MISSING when they are not kept and the registry cannot be asked, and as fetchDetails says
 */
export async function ensureDetails(
  store: IndexStore,
  reference: string,
  userAgent: string,
  { all, platform = currentPlatform() }: { readonly all: boolean; readonly platform?: Platform } = {
    all: false,
  },
): Promise<void> {
  if (store.current() === undefined || knownKind(store) === 'signed') return;
  const { fetchDetails } = await import('../lib/crawl/details.ts');
  let client: PoliteClient | undefined;
  const line = new ProgressLine();
  const made = () => {
    client ??= crawlerOf(store, userAgent, {
      longestWaitMs: PATIENCE.detailsMs,
      answerMs: PATIENCE.detailsMs,
      onWait: (ms) => line.update(() => waitText(ms)),
    });
    return client;
  };
  try {
    const now = () => new Date();
    const read = archiveReader(store, userAgent, now);
    await fetchDetails({ store, client: made, reference, now, all, archive: { platform, read } });
  } finally {
    line.clear();
    client?.close();
  }
}
