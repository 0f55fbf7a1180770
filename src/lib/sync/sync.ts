/**
 * Brings the index of a registry up to its signed checkpoint.
 *
 *   checkpoint ─► key, signature, time ─► grown out of what was seen? ─► (snapshot | pages) ─► trust.json ─► index
 *
 * Nothing on the disk changes before everything that came is known to be what was signed. A process that is killed
 * anywhere leaves the old index or the new one; what it downloaded is cleared away by the next sync.
 */
import { rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { append } from '../index/append.ts';
import { compareIndexes } from '../index/compare.ts';
import { readEdge } from '../index/meta.ts';
import { openIndex } from '../index/open.ts';
import { withLock } from '../lock.ts';
import {
  type Checkpoint,
  checkConsistency,
  checkpointKeyId,
  type SnapshotReference,
  verifyCheckpoint,
} from '../log/checkpoint.ts';
import { keyId, type PublicKey } from '../log/key.ts';
import { appendLeaves, type Edge, EMPTY_EDGE, encodePeaks, leafHash } from '../log/tree.ts';
import type { RegistryClient } from '../remote/registry-client.ts';
import { type ChangeSummary, noChanges, summarizeChanges, summarizeDifference } from './changes.ts';
import { findKey, followRotations, keyNotPinned } from './keys.ts';
import { readSpool, type Spool, spoolPages, tampered } from './pages.ts';
import { fetchSnapshot } from './snapshot.ts';
import type { IndexStore } from './store.ts';
import { edgeOf, readTrust, rootOf, type Trust, writeTrust } from './trust.ts';

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

export interface Progress {
  readonly step: 'snapshot' | 'pages' | 'apply' | 'verify';
  readonly done: number;
  readonly total: number;
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
    return new SyncRun(options).run();
  });
}

/** What a registry says its log is: signed by a trusted key, current, and no contradiction of what it said before. */
interface Target {
  readonly checkpoint: Checkpoint;
  /** What to trust from now on, but for the tree's edge, which follows from the entries. */
  readonly trust: Omit<Trust, 'peaks'>;
  /** What was trusted until now; undefined at the first sync. */
  readonly seen: Trust | undefined;
}

/** Lines, and the edge that a smaller tree has with them. */
interface Extension {
  readonly spool: Spool;
  readonly edge: Edge;
}

/** One sync, under the lock. */
class SyncRun {
  readonly #options: SyncOptions;
  readonly #temporary: string[] = [];

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  async run(): Promise<SyncReport> {
    try {
      const { store, full, verify } = this.#options;
      const trust = readTrust(store.trustFile);
      const local = full ? undefined : localEdge(store);
      const target = await this.#target(trust, local);
      const before = local?.size ?? 0;
      const outcome = await this.#advance(target, local);
      if (verify) await this.#verify(target.checkpoint);
      return {
        origin: target.checkpoint.origin,
        from: before,
        to: target.checkpoint.size,
        ...outcome,
        key: await keyId(lastKey(target.trust)),
        pinned: trust === undefined,
        verified: verify,
      };
    } finally {
      for (const file of this.#temporary) rmSync(file, { force: true });
    }
  }

  /** Asks for the checkpoint and decides whether to believe it. */
  async #target(trust: Trust | undefined, local: Edge | undefined): Promise<Target> {
    const { client, now, pin } = this.#options;
    const complete = trust !== undefined && local?.size === trust.size;
    const answer = await client.checkpoint(complete ? (trust.etag ?? undefined) : undefined);
    const jws = answer.unchanged ? (trust as Trust).checkpoint : answer.jws;
    const kid = checkpointKeyId(jws);
    const keys = await this.#keys(kid, jws, trust);
    if (pin !== undefined && !(await Promise.all(keys.map(keyId))).includes(pin))
      throw keyNotPinned(kid, pin);
    const expected = { origin: trust?.origin, now: now() };
    const checkpoint = await verifyCheckpoint(jws, keys.at(-1) as PublicKey, expected);
    if (trust !== undefined) checkConsistency(checkpoint, trust);
    if (local !== undefined && local.size > checkpoint.size) {
      checkConsistency(checkpoint, { size: local.size, root: rootOf(local) });
    }
    return {
      checkpoint,
      seen: trust,
      trust: {
        origin: checkpoint.origin,
        keys,
        size: checkpoint.size,
        root: checkpoint.root,
        checkpoint: jws,
        etag: answer.unchanged ? (trust as Trust).etag : answer.etag,
        synced_at: now().toISOString(),
      },
    };
  }

  /** The chain of trusted keys that ends in the one with this id. */
  async #keys(kid: string, jws: string, trust: Trust | undefined): Promise<readonly PublicKey[]> {
    const { client, pin } = this.#options;
    if (trust === undefined) {
      if (pin !== undefined && pin !== kid) throw keyNotPinned(kid, pin);
      return [await findKey(await client.keys(), kid)];
    }
    const pinned = await keyId(lastKey(trust));
    if (pinned === kid) return trust.keys;
    const spool = await this.#spool(trust.size, claimedSize(jws));
    const keys = await followRotations(readSpool(spool), trust.origin, trust.keys);
    if ((await keyId(keys.at(-1) as PublicKey)) !== kid) throw keyNotPinned(kid, pinned);
    return keys;
  }

  /** Makes the index on the disk the one of the checkpoint. */
  async #advance(target: Target, local: Edge | undefined): Promise<Pick<SyncReport, 'via' | 'changes'>> {
    const { store } = this.#options;
    const { checkpoint, seen } = target;
    const grown = await this.#grow(seen && edgeOf(seen), checkpoint);
    if (local === undefined) return this.#fetchIndex(target);
    if (local.size === checkpoint.size) {
      expectRoot(local, checkpoint);
      this.#trust(target, local);
      return { via: 'nothing', changes: noChanges() };
    }
    // The index is at what was seen, unless a process died between writing the one and the other.
    const extension = grown?.spool.from === local.size ? grown : await this.#grow(local, checkpoint);
    const { spool, edge } = extension as Extension;
    const changes = this.#apply(store.current() as string, spool, checkpoint, () =>
      this.#trust(target, edge),
    );
    return { via: 'pages', changes };
  }

  /**
   * Proves that the checkpoint's log grew out of a smaller one: with the lines in between, its edge has the signed root.
   * @returns undefined when there is nothing in between
   * @throws MpakError TAMPERED_LOG
   */
  async #grow(edge: Edge | undefined, checkpoint: Checkpoint): Promise<Extension | undefined> {
    if (edge === undefined || edge.size >= checkpoint.size) return undefined;
    const spool = await this.#spool(edge.size, checkpoint.size);
    const extended = appendLeaves(edge, Iterator.from(readSpool(spool)).map(leafHash));
    expectRoot(extended, checkpoint);
    return { spool, edge: extended };
  }

  /** A new index: from the snapshot and the pages after it, or from all pages. */
  async #fetchIndex(target: Target): Promise<Pick<SyncReport, 'via' | 'changes'>> {
    const { checkpoint } = target;
    const snapshot = checkpoint.snapshot === null ? undefined : await this.#fromSnapshot(checkpoint.snapshot);
    const file = snapshot ?? this.#newIndexFile();
    const start = edgeOfIndex(file);
    const extension = await this.#grow(start, checkpoint);
    if (extension !== undefined) this.#apply(file, extension.spool, checkpoint, () => undefined);
    const edge = extension?.edge ?? start;
    expectRoot(edge, checkpoint);
    return { via: snapshot === undefined ? 'pages' : 'snapshot', changes: this.#switch(file, target, edge) };
  }

  /** A new index file from a snapshot; undefined when its schema is that of another version of mpak. */
  async #fromSnapshot(snapshot: SnapshotReference): Promise<string | undefined> {
    const { store, client, onProgress } = this.#options;
    const compressed = store.temporaryFile('.db.zst');
    this.#temporary.push(compressed);
    const index = this.#newIndexFile();
    const usable = await fetchSnapshot(client, snapshot, { compressed, index }, (done) =>
      onProgress({ step: 'snapshot', done, total: snapshot.bytes }),
    );
    return usable ? index : undefined;
  }

  /**
   * Applies lines that are known to reach the signed root, in one transaction.
   * @param beforeCommit runs when everything is applied and nothing is visible yet
   */
  #apply(file: string, spool: Spool, checkpoint: Checkpoint, beforeCommit: () => void): ChangeSummary {
    const total = spool.to - spool.from;
    this.#options.onProgress({ step: 'apply', done: 0, total });
    const db = openIndex(file);
    try {
      const apply = db.transaction(() => {
        const appended = append(db, readSpool(spool), { keepLines: false });
        expectRoot(appended.edge, checkpoint);
        beforeCommit();
        return summarizeChanges(appended.changes);
      });
      const changes = apply.immediate();
      this.#options.onProgress({ step: 'apply', done: total, total });
      return changes;
    } finally {
      db.close();
    }
  }

  async #spool(from: number, to: number): Promise<Spool> {
    const { store, client, onProgress } = this.#options;
    const spool = { file: store.temporaryFile('.log'), from, to };
    this.#temporary.push(spool.file);
    await spoolPages(client, spool, (done) => onProgress({ step: 'pages', done, total: to - from }));
    return spool;
  }

  /** Brings a complete new index file into use. */
  #switch(file: string, target: Target, edge: Edge): ChangeSummary {
    const { store } = this.#options;
    const changes = summarizeDifference(readableCurrent(store), file);
    this.#trust(target, edge);
    store.switchTo(file);
    this.#temporary.splice(this.#temporary.indexOf(file), 3);
    return changes;
  }

  #trust(target: Target, edge: Edge): void {
    const peaks = Buffer.from(encodePeaks(edge)).toString('base64');
    writeTrust(this.#options.store.trustFile, { ...target.trust, peaks });
  }

  /** Replays the whole log and compares every row with the index. */
  async #verify(checkpoint: Checkpoint): Promise<void> {
    const { store, onProgress } = this.#options;
    const log = await this.#grow(EMPTY_EDGE, checkpoint);
    onProgress({ step: 'verify', done: 0, total: checkpoint.size });
    const file = store.temporaryFile('.db');
    this.#temporary.push(file, `${file}-wal`, `${file}-shm`);
    const replay = openIndex(file);
    const actual = store.open();
    try {
      const lines = log === undefined ? [] : readSpool(log.spool);
      replay.transaction(() => append(replay, lines, { keepLines: false })).immediate();
      const differences = compareIndexes(actual, replay);
      if (differences.length > 0) {
        throw new MpakError(
          'REPLAY_MISMATCH',
          `The index is not what its log says:\n  ${differences.join('\n  ')}`,
          { hint: 'Do not rely on it: run `mpak sync --full --verify`; if it stays, tell the operator.' },
        );
      }
      onProgress({ step: 'verify', done: checkpoint.size, total: checkpoint.size });
    } finally {
      actual.close();
      replay.close();
    }
  }

  #newIndexFile(): string {
    const file = this.#options.store.newIndexFile();
    this.#temporary.push(file, `${file}-wal`, `${file}-shm`);
    return file;
  }
}

function lastKey(trust: Pick<Trust, 'keys'>): PublicKey {
  return trust.keys.at(-1) as PublicKey;
}

/** @throws MpakError TAMPERED_LOG */
function expectRoot(edge: Edge, checkpoint: Checkpoint): void {
  const root = rootOf(edge);
  if (root !== checkpoint.root) {
    throw tampered(`its ${edge.size} entries have the root ${root}, and ${checkpoint.root} was signed`);
  }
}

/** The size that an unverified checkpoint claims: how far to look for the rotation that names its key. */
function claimedSize(jws: string): number {
  try {
    const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (Number.isSafeInteger(payload?.size) && payload.size >= 0) return payload.size;
  } catch {
    // Told when the checkpoint is verified; without a size there is nothing to look through.
  }
  return 0;
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
