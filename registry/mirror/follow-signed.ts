/**
 * Follows a registry that has a log: verified as a client verifies it (src/lib/sync), then copied line by line, byte for
 * byte and in its order, into the mirror's own log. What is trusted of the origin is on the disk before anything that it
 * vouches for, and how far was copied is written with the lines: a process that is killed anywhere leaves no gap and
 * nothing twice.
 *
 * The origin's rotate-key entries are copied like all others, and mean nothing in the mirror's log: they are signed for
 * the name of another log, by none of the mirror's keys.
 */
import type Database from 'better-sqlite3';
import { append } from '../../src/lib/index/append.ts';
import { appendLeaves, type Edge, encodePeaks, leafHash } from '../../src/lib/log/tree.ts';
import type { RegistryClient } from '../../src/lib/remote/registry-client.ts';
import { readSpool, type Spool } from '../../src/lib/sync/pages.ts';
import type { IndexStore } from '../../src/lib/sync/store.ts';
import { believeCheckpoint } from '../../src/lib/sync/target.ts';
import { edgeOf } from '../../src/lib/sync/trust.ts';
import { expectRoot, Workspace } from '../../src/lib/sync/workspace.ts';
import { OPERATOR_PATIENCE_MS } from '../limits.ts';
import { writeTransaction } from '../write.ts';
import { asCopied, changeMirror, copiedEdge, requireMirror } from './state.ts';

export interface FollowOptions {
  readonly db: Database.Database;
  readonly client: RegistryClient;
  /** For files on the way. */
  readonly store: IndexStore;
  readonly now: () => Date;
  /** Key id to pin at first, or to insist on later. */
  readonly pin: string | undefined;
}

/** Lines that become visible at a time. */
const BATCH = 256;

/** @returns entries that were copied @throws MpakError for each reason not to believe the origin, NETWORK, BUSY */
export async function followSigned(options: FollowOptions): Promise<number> {
  const { db, client, store, now, pin } = options;
  const state = requireMirror(db);
  const local = copiedEdge(state);
  const seen = state.trust;
  store.create();
  const workspace = new Workspace(store, client, () => undefined);
  try {
    const target = await believeCheckpoint(workspace, { now: now(), pin, seen, local, asked: undefined });
    const { checkpoint, trust } = target;
    // Grown out of the largest log that was seen, and out of what was copied, which may be less.
    const grown = await workspace.grow(seen && edgeOf(seen), checkpoint);
    const isWhole = grown?.spool.from === local.size;
    const extension = isWhole ? grown : await workspace.grow(local, checkpoint);
    expectRoot(extension?.edge ?? local, checkpoint);
    const peaks = Buffer.from(encodePeaks(extension?.edge ?? local)).toString('base64');
    await write(db, () =>
      changeMirror(db, { kind: 'signed', trust: { ...trust, peaks }, size: checkpoint.size }),
    );
    if (extension !== undefined) await copy(db, extension.spool, local);
    return checkpoint.size - local.size;
  } finally {
    workspace.clean();
  }
}

async function copy(db: Database.Database, spool: Spool, from: Edge): Promise<void> {
  let edge = from;
  for (const lines of batches(readSpool(spool))) {
    const next = appendLeaves(edge, lines.map(leafHash));
    await write(db, () => {
      const { copied } = requireMirror(db);
      if (copied !== edge.size) throw new Error(`another process has copied up to ${copied}`);
      append(db, lines, { keepLines: true });
      changeMirror(db, asCopied(next));
    });
    edge = next;
  }
}

function* batches(lines: Iterable<Uint8Array>): Generator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  for (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function write(db: Database.Database, work: () => void): Promise<void> {
  return writeTransaction(db, work, OPERATOR_PATIENCE_MS);
}
