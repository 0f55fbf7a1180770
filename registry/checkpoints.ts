/** The signed checkpoint that is served: signed again when the log has grown, a snapshot is new, or it ages. */
import type Database from 'better-sqlite3';
import { readEdge } from '../src/lib/index/meta.ts';
import { signCheckpoint } from '../src/lib/log/checkpoint.ts';
import { PAGE_SIZE, type SnapshotReference } from '../src/lib/log/checkpoint-form.ts';
import { type Edge, rootHash } from '../src/lib/log/tree.ts';
import type { KeyRing, Rotation } from './key-ring.ts';
import { CHECKPOINT_LIMITS } from './limits.ts';
import { type SnapshotFile, snapshotReference } from './snapshots.ts';

export interface CheckpointSource {
  readonly db: Database.Database;
  readonly keys: KeyRing;
  readonly origin: string;
  readonly now: () => Date;
  /** For a log of that size. */
  readonly newestSnapshot: (logSize: number) => SnapshotFile | undefined;
}

interface Signed {
  readonly root: string;
  readonly snapshot: string | undefined;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly jws: Promise<string>;
}

export class Checkpoints {
  readonly #source: CheckpointSource;
  #signed: Signed | undefined;

  constructor(source: CheckpointSource) {
    this.#source = source;
  }

  /** A checkpoint of the log as it is now: a compact JWS. */
  current(): Promise<string> {
    const { db, keys, now, newestSnapshot } = this.#source;
    // Of one moment: a log that holds a rotation is signed by the key that it names.
    const read = () => ({ edge: readEdge(db), rotations: keys.rotations() });
    const { edge, rotations } = db.transaction(read).deferred();
    const root = rootOf(edge);
    const snapshot = referenceTo(() => newestSnapshot(edge.size));
    const at = now().getTime();
    const signed = this.#signed;
    if (
      signed !== undefined &&
      signed.root === root &&
      signed.snapshot === snapshot?.path &&
      Math.abs(at - signed.issuedAt) < CHECKPOINT_LIMITS.freshMs
    ) {
      return signed.jws;
    }
    const jws = this.#sign(edge, rotations, root, snapshot, at);
    this.#signed = { root, snapshot: snapshot?.path, issuedAt: at, jws };
    jws.catch(() => {
      this.#signed = undefined;
    });
    return jws;
  }

  async #sign(
    edge: Edge,
    rotations: readonly Rotation[],
    root: string,
    snapshot: SnapshotReference | null,
    at: number,
  ): Promise<string> {
    const { signing } = await this.#source.keys.chain(rotations);
    return signCheckpoint(
      {
        origin: this.#source.origin,
        size: edge.size,
        root,
        issued_at: new Date(at).toISOString(),
        expires_at: new Date(at + CHECKPOINT_LIMITS.validMs).toISOString(),
        page_size: PAGE_SIZE,
        snapshot,
      },
      signing,
    );
  }
}

/** Null also when the snapshots cannot be read: a checkpoint is worth as much without. The scheduler reports it. */
function referenceTo(find: () => SnapshotFile | undefined): SnapshotReference | null {
  try {
    const newest = find();
    return newest === undefined ? null : snapshotReference(newest);
  } catch {
    return null;
  }
}

/** The tree's edge, size and peaks of one moment. */
export function readTree(db: Database.Database): Edge {
  return db.transaction(() => readEdge(db)).deferred();
}

/** Base64. */
export function rootOf(edge: Edge): string {
  return Buffer.from(rootHash(edge)).toString('base64');
}
