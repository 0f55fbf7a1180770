/**
 * Brings the index of a registry up to its signed checkpoint.
 *
 *   checkpoint ─► key, signature, time ─► grown out of what was seen? ─► (snapshot | pages) ─► trust.json ─► index
 *
 * Nothing on the disk changes before everything that came is known to be what was signed. A process that is killed
 * anywhere leaves the old index or the new one; what it downloaded is cleared away by the next sync.
 */
import type Database from 'better-sqlite3';
import { append, type LineChange } from '../index/append.ts';
import { readEdge } from '../index/meta.ts';
import { openIndex } from '../index/open.ts';
import { withLock } from '../lock.ts';
import type { Checkpoint, SnapshotReference } from '../log/checkpoint-form.ts';
import { keyId, type PublicKey } from '../log/key.ts';
import { type Edge, encodePeaks } from '../log/tree.ts';
import type { RegistryClient } from '../remote/registry-client.ts';
import { ChangeGatherer, type ChangeSummary, noChanges, summarizeDifference } from './changes.ts';
import { readSpool, type Spool } from './pages.ts';
import { verifyByReplay } from './replay.ts';
import { fetchSnapshot } from './snapshot.ts';
import type { IndexStore } from './store.ts';
import { believeCheckpoint, type Target } from './target.ts';
import { edgeOf, readTrust, writeTrust } from './trust.ts';
import { type Extension, expectRoot, type Progress, Workspace } from './workspace.ts';

/** How long a sync waits for another one of the same index. */
const LOCK_WAIT_MS = 60_000;

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

export interface SyncReport {
  readonly origin: string;
  /** Entries before and now. */
  readonly from: number;
  readonly to: number;
  readonly via: 'nothing' | 'pages' | 'snapshot';
  readonly changes: ChangeSummary;
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
  return withLock(store.lockFile, { waitMs: LOCK_WAIT_MS, holder: 'Another `mpak sync`' }, async () => {
    store.tidy();
    const workspace = new Workspace(store, options.client, options.onProgress);
    try {
      const report = await run(workspace, options);
      // The last to close a write-ahead log takes away the files without which nobody can read it on a disk that may
      // only be read; a reader leaves them.
      store.open().close();
      return report;
    } finally {
      workspace.clean();
    }
  });
}

async function run(workspace: Workspace, { now, pin, full, verify }: SyncOptions): Promise<SyncReport> {
  const { store } = workspace;
  const seen = readTrust(store.trustFile);
  const local = full ? undefined : localEdge(store);
  const target = await believeCheckpoint(workspace, { now: now(), pin, seen, local });
  const { checkpoint, trust } = target;
  const outcome = await advance(workspace, target, local);
  if (verify) await verifyByReplay(workspace, checkpoint);
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

type Outcome = Pick<SyncReport, 'via' | 'changes'>;

/** Makes the index on the disk the one of the checkpoint. */
async function advance(workspace: Workspace, target: Target, local: Edge | undefined): Promise<Outcome> {
  const { store } = workspace;
  const { checkpoint, seen } = target;
  const grown = await workspace.grow(seen && edgeOf(seen), checkpoint);
  if (local === undefined) return fetchIndex(workspace, target);
  if (local.size === checkpoint.size) {
    expectRoot(local, checkpoint);
    trustFromNowOn(store, target, local);
    return { via: 'nothing', changes: noChanges() };
  }
  // The index is at what was seen, unless a process died between writing the one and the other.
  const extension = grown?.spool.from === local.size ? grown : await workspace.grow(local, checkpoint);
  const { spool, edge } = extension as Extension;
  const changes = apply(workspace, store.current() as string, spool, checkpoint, () =>
    trustFromNowOn(store, target, edge),
  );
  return { via: 'pages', changes };
}

/** A new index: from the snapshot and the pages after it, or from all pages. */
async function fetchIndex(workspace: Workspace, target: Target): Promise<Outcome> {
  const { store } = workspace;
  const { checkpoint } = target;
  const snapshot =
    checkpoint.snapshot === null ? undefined : await fromSnapshot(workspace, checkpoint.snapshot);
  const file = snapshot ?? workspace.newIndex();
  const start = edgeOfIndex(file);
  const extension = await workspace.grow(start, checkpoint);
  if (extension !== undefined) apply(workspace, file, extension.spool, checkpoint, () => undefined);
  const edge = extension?.edge ?? start;
  expectRoot(edge, checkpoint);
  const changes = summarizeDifference(readableCurrent(store), file);
  trustFromNowOn(store, target, edge);
  store.switchTo(file);
  workspace.keep(file);
  return { via: snapshot === undefined ? 'pages' : 'snapshot', changes };
}

/** A new index file from a snapshot; undefined when its schema is that of another version of mpak. */
async function fromSnapshot(workspace: Workspace, snapshot: SnapshotReference): Promise<string | undefined> {
  const file = workspace.newIndex();
  const usable = await fetchSnapshot(workspace.client, snapshot, file, (done) =>
    workspace.onProgress({ step: 'snapshot', done, total: snapshot.bytes }),
  );
  return usable ? file : undefined;
}

/**
 * Applies lines that are known to reach the signed root, in one transaction.
 * @param beforeCommit runs when everything is applied and nothing is visible yet
 */
function apply(
  { onProgress }: Workspace,
  file: string,
  spool: Spool,
  checkpoint: Checkpoint,
  beforeCommit: () => void,
): ChangeSummary {
  const total = spool.to - spool.from;
  onProgress({ step: 'apply', done: 0, total });
  const db = openIndex(file);
  try {
    const transaction = db.transaction(() => {
      const changes = new ChangeGatherer();
      const onChange = (change: LineChange) => changes.add(change);
      expectRoot(append(db, readSpool(spool), { keepLines: false, onChange }), checkpoint);
      beforeCommit();
      return changes.summary();
    });
    const changes = transaction.immediate();
    onProgress({ step: 'apply', done: total, total });
    return changes;
  } finally {
    db.close();
  }
}

function trustFromNowOn(store: IndexStore, { trust }: Target, edge: Edge): void {
  const peaks = Buffer.from(encodePeaks(edge)).toString('base64');
  writeTrust(store.trustFile, { ...trust, peaks });
}

/** How far an index has come. Brings an older schema forward, and says so when the file is newer or damaged. */
function edgeOfIndex(file: string): Edge {
  const db = openIndex(file);
  try {
    return readEdge(db);
  } finally {
    db.close();
  }
}

/** How far the index in use has come; undefined when there is none that can be extended. */
function localEdge(store: IndexStore): Edge | undefined {
  const file = store.current();
  return file === undefined ? undefined : edgeOfIndex(file);
}

/** The index in use, when it can be read: only for telling what has changed. */
function readableCurrent(store: IndexStore): Database.Database | undefined {
  try {
    return store.open();
  } catch {
    return undefined;
  }
}
