/**
 * Brings the index of a registry up to its signed checkpoint.
 *
 *   checkpoint ─► key, signature, time ─► grown out of what was seen? ─► (snapshot | pages) ─► trust.json ─► index
 *
 * Nothing on the disk changes before everything that came is known to be what was signed. A process that is killed
 * anywhere leaves the old index or the new one; what it downloaded is cleared away by the next sync.
 */
import { readEdge } from '../index/meta.ts';
import { openIndex } from '../index/open.ts';
import { sourceOf } from '../index/read-source.ts';
import { withLock } from '../lock.ts';
import { keyId, type PublicKey } from '../log/key.ts';
import type { Edge } from '../log/tree.ts';
import type { RegistryClient } from '../remote/registry-client.ts';
import { type ChangeSummary, noChanges } from './changes.ts';
import type { IndexStore } from './store.ts';
import { type Asked, believeCheckpoint, type Target, trustFromNowOn } from './target.ts';
import { readTrust } from './trust.ts';
import { expectRoot, type Progress, Workspace } from './workspace.ts';

/** How long a sync waits for another one of the same index. */
export const LOCK_WAIT_MS = 60_000;

export interface SyncOptions {
  readonly store: IndexStore;
  readonly client: RegistryClient;
  readonly now: () => Date;
  /** Key id to pin at the first sync, or to insist on later. */
  readonly pin: string | undefined;
  /** Replay the whole log afterwards and compare every row. */
  readonly verify: boolean;
  /** Fetch the index anew, whatever is on the disk. */
  readonly full: boolean;
  readonly onProgress: (progress: Progress) => void;
}

/** What a sync did to the index. */
export interface Outcome {
  readonly via: 'nothing' | 'pages' | 'snapshot';
  readonly changes: ChangeSummary;
}

export interface SyncReport extends Outcome {
  readonly origin: string;
  /** Entries before and now. */
  readonly from: number;
  readonly to: number;
  /** Key id that signed, and whether it was pinned by this sync. */
  readonly key: string;
  readonly pinned: boolean;
  /** Every row was compared with a replay of the log. */
  readonly verified: boolean;
}

/**
 * @throws MpakError with a code of its own for each refusal, NETWORK, REGISTRY_ANSWER, REGISTRY_WITHOUT_INDEX, BUSY
 */
export async function sync(options: SyncOptions): Promise<SyncReport> {
  const { store } = options;
  store.create();
  const asked = options.full ? undefined : await askAhead(options);
  return withLock(store.lockFile, { waitMs: LOCK_WAIT_MS, holder: 'Another `mpak sync`' }, async () => {
    store.tidy();
    const workspace = new Workspace(store, options.client, options.onProgress);
    try {
      return await run(workspace, options, asked);
    } finally {
      workspace.clean();
    }
  });
}

/** Asks what is asked in any case, so that the registry answers while locks are taken and the index is opened. */
async function askAhead({ store, client }: SyncOptions): Promise<Asked | undefined> {
  const seen = readTrust(store.trustFile);
  if (seen === undefined || seen.etag === null || store.current() === undefined) return undefined;
  const answer = client.checkpoint(seen.etag);
  // Awaited in its turn; until then a failure of it must not end the process.
  answer.catch(() => undefined);
  // What follows leaves no turn in which it would be sent.
  await new Promise((resolve) => setImmediate(resolve));
  return { about: seen, answer };
}

async function run(
  workspace: Workspace,
  { now, pin, full, verify }: SyncOptions,
  asked: Asked | undefined,
): Promise<SyncReport> {
  const { store } = workspace;
  const seen = readTrust(store.trustFile);
  const local = full ? undefined : localEdge(store);
  const target = await believeCheckpoint(workspace, { now: now(), pin, seen, local, asked });
  const { checkpoint, trust } = target;
  const outcome = await bringUp(workspace, target, local);
  if (verify) {
    const { verifyByReplay } = await import('./replay.ts');
    await verifyByReplay(workspace, checkpoint);
  }
  return {
    origin: checkpoint.origin,
    from: local?.size ?? seen?.size ?? 0,
    to: checkpoint.size,
    ...outcome,
    key: keyId(trust.keys.at(-1) as PublicKey),
    pinned: seen === undefined,
    verified: verify,
  };
}

/** Makes the index on the disk the one of the checkpoint. */
async function bringUp(workspace: Workspace, target: Target, local: Edge | undefined): Promise<Outcome> {
  const { checkpoint, seen } = target;
  if (local?.size === checkpoint.size && seen?.size === checkpoint.size) {
    expectRoot(local, checkpoint);
    trustFromNowOn(workspace.store, target, local);
    return { via: 'nothing', changes: noChanges() };
  }
  // Most syncs find nothing new, and are over before this would be loaded.
  const { advance } = await import('./advance.ts');
  const outcome = await advance(workspace, target, local);
  // The last to close a write-ahead log takes away the files without which nobody can read it on a disk that may only
  // be read; a reader leaves them.
  workspace.store.open().close();
  return outcome;
}

/** How far the index in use has come; undefined when there is none that can be extended. */
function localEdge(store: IndexStore): Edge | undefined {
  const file = store.current();
  if (file === undefined) return undefined;
  try {
    return edgeOf(store);
  } catch {
    // Brings an older schema forward, and says so when the file is newer or damaged.
    openIndex(file).close();
    return edgeOf(store);
  }
}

/** Undefined for one that was crawled, before its registry had a log: nothing of it is signed. */
function edgeOf(store: IndexStore): Edge | undefined {
  const db = store.open();
  try {
    return sourceOf(db) === 'signed' ? readEdge(db) : undefined;
  } finally {
    db.close();
  }
}
