/** What commands say of an index that nobody signed, and how they ask its registry. */
import { setTimeout as sleep } from 'node:timers/promises';
import { knownKind } from '../lib/crawl/kind.ts';
import { PoliteClient } from '../lib/crawl/polite-client.ts';
import { proxiesOf } from '../lib/remote/node-http.ts';
import type { IndexStore } from '../lib/sync/store.ts';

/** For stderr. */
export function unsignedLine(registry: string): string {
  return `${registry} signs nothing: this index is what it said, unsigned.`;
}

/** @param onWait told of each wait that the registry asks for, in milliseconds; the caller closes the client */
export function crawlerOf(store: IndexStore, userAgent: string, onWait?: (ms: number) => void): PoliteClient {
  return new PoliteClient({
    registry: store.registry,
    userAgent,
    proxies: proxiesOf(process.env),
    now: () => new Date(),
    sleep: (ms) => sleep(ms),
    ...(onWait && { onWait }),
  });
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
  { all }: { readonly all: boolean } = { all: false },
): Promise<void> {
  if (store.current() === undefined || knownKind(store) === 'signed') return;
  const { fetchDetails } = await import('../lib/crawl/details.ts');
  let client: PoliteClient | undefined;
  const made = () => {
    client ??= crawlerOf(store, userAgent);
    return client;
  };
  try {
    await fetchDetails({ store, client: made, reference, now: () => new Date(), all });
  } finally {
    client?.close();
  }
}
