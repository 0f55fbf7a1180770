/**
 * Many publishers announce at once while clients sync and search: the real registry as a process, a local GitHub, real
 * tokens, real bundles. For the test that nothing is lost, and for the bench that does it ten thousand times.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareIndexes } from '../../src/lib/index/compare.ts';
import { openIndexReadOnly } from '../../src/lib/index/open.ts';
import { RegistryClient } from '../../src/lib/remote/registry-client.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { sync } from '../../src/lib/sync/sync.ts';
import type { LocalGitHub } from './github.ts';
import { makeBundle } from './mcpb.ts';
import { announcement, postAnnouncement } from './registry.ts';

export interface LoadOptions {
  /** An empty folder: the clients' indexes. */
  readonly folder: string;
  readonly github: LocalGitHub;
  /** Of the registry. */
  readonly url: string;
  readonly dataFolder: string;
  readonly artifacts: number;
  readonly clients: number;
  /** Announcements under way at a time, each of another owner. */
  readonly publishers: number;
}

export interface LoadReport {
  /** Of the announcements, in milliseconds. */
  readonly announceMs: readonly number[];
  readonly seconds: number;
  readonly syncs: number;
  readonly searches: number;
  /** What went wrong, in words: empty when all is well. */
  readonly problems: string[];
}

/** Of a client, between a search and its next sync: still far busier than people are. */
const CLIENT_PAUSE_MS = 500;

/** Packages of one owner: announced one after the other, in two platforms each. */
const PACKAGES_AN_OWNER = 25;

export async function announceUnderLoad(options: LoadOptions): Promise<LoadReport> {
  const problems: string[] = [];
  const work = Array.from({ length: options.artifacts }, (_, index) => index);
  const announceMs: number[] = [];
  const started = performance.now();
  let done = false;
  const publishers = Array.from({ length: options.publishers }, async () => {
    for (let index = work.shift(); index !== undefined; index = work.shift()) {
      const start = performance.now();
      const problem = await announceOne(options, index);
      announceMs.push(performance.now() - start);
      if (problem !== undefined) problems.push(problem);
    }
  });
  const counts = { syncs: 0, searches: 0 };
  const clients = Array.from({ length: options.clients }, async (_, client) => {
    const store = new IndexStore(path.join(options.folder, `client-${client}`), new URL(options.url));
    try {
      while (!done) {
        await syncOnce(store);
        counts.syncs += 1;
        await search(options.url, client);
        counts.searches += 1;
        await sleep(CLIENT_PAUSE_MS);
      }
      await syncOnce(store);
      problems.push(...compareWithRegistry(store, options.dataFolder, client));
    } catch (error) {
      problems.push(`client ${client}: ${(error as Error).stack}`);
    }
  });
  await Promise.all(publishers);
  const seconds = (performance.now() - started) / 1000;
  done = true;
  await Promise.all(clients);
  return { announceMs, seconds, ...counts, problems };
}

async function announceOne({ github, url }: LoadOptions, index: number): Promise<string | undefined> {
  const owner = ownerOf(Math.floor(index / 2 / PACKAGES_AN_OWNER));
  const repo = `server-${Math.floor(index / 2)}`;
  const name = `@${owner.toLowerCase()}/${repo}`;
  const bundle = makeBundle(name, '1.0.0', {}, { 'server/index.js': `console.log(${index});\n` });
  const [os, filename] = index % 2 === 0 ? ['linux', 'linux.mcpb'] : ['darwin', 'darwin.mcpb'];
  github.addAsset(owner, repo, 'v1.0.0', filename, bundle.bytes);
  const token = await github.issueToken(`${owner}/${repo}`);
  const answer = await postAnnouncement(url, token, announcement(bundle, {}, { filename, os, arch: 'x64' }));
  if (answer.status === 200 && answer.json.status === 'created') return undefined;
  return `${name} ${os}: ${answer.status} ${JSON.stringify(answer.json)}`;
}

/** Names that no rule takes for each other. */
function ownerOf(index: number): string {
  return `Org-${createHash('sha256').update(String(index)).digest('hex').slice(0, 16)}`;
}

async function syncOnce(store: IndexStore): Promise<void> {
  const client = new RegistryClient(store.registry, 'mpak-load');
  try {
    const rest = { pin: undefined, verify: false, full: false, onProgress: () => undefined };
    await sync({ store, client, now: () => new Date(), ...rest });
  } finally {
    client.close();
  }
}

async function search(url: string, client: number): Promise<void> {
  const sort = ['relevance', 'recent', 'name', 'downloads'][client % 4];
  const response = await fetch(`${url}/v1/bundles/search?q=server&sort=${sort}&limit=50`);
  const { bundles, total } = (await response.json()) as { bundles: unknown[]; total: number };
  if (response.status !== 200 || bundles.length !== Math.min(50, total)) {
    throw new Error(`search answered ${response.status} with ${bundles?.length} of ${total}`);
  }
}

function compareWithRegistry(store: IndexStore, dataFolder: string, client: number): string[] {
  const mine = store.open();
  const theirs = openIndexReadOnly(path.join(dataFolder, 'registry.db'));
  try {
    return compareIndexes(mine, theirs).map((difference) => `client ${client}: ${difference}`);
  } finally {
    mine.close();
    theirs.close();
  }
}
