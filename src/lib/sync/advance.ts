/**
 * New entries for an index: from the pages behind it, or a new index from the snapshot and the pages behind that. Nothing
 * is brought into use before it is known to be what was signed.
 */
import type Database from 'better-sqlite3';
import type { LineChange } from '../index/append.ts';
import { readEdge } from '../index/meta.ts';
import { openIndex } from '../index/open.ts';
import type { Checkpoint, SnapshotReference } from '../log/checkpoint-form.ts';
import type { Edge } from '../log/tree.ts';
import { ChangeGatherer, type ChangeSummary, noChanges, summarizeDifference } from './changes.ts';
import { readSpool, type Spool } from './pages.ts';
import { fetchSnapshot } from './snapshot.ts';
import type { IndexStore } from './store.ts';
import type { Outcome } from './sync.ts';
import { type Target, trustFromNowOn } from './target.ts';
import { edgeOf } from './trust.ts';
import { type Extension, expectRoot, type Workspace } from './workspace.ts';

/** Of SQLite, while entries are applied. */
const APPLY_CACHE_KIB = 32 * 1024;

/** Makes the index on the disk the one of a checkpoint that says more. */
export async function advance(
  workspace: Workspace,
  target: Target,
  local: Edge | undefined,
): Promise<Outcome> {
  const { store } = workspace;
  const { checkpoint, seen } = target;
  const grown = await workspace.grow(seen && edgeOf(seen), checkpoint);
  if (local === undefined) return fetchIndex(workspace, target);
  // A process died between writing the index and what is trusted.
  if (local.size === checkpoint.size) {
    expectRoot(local, checkpoint);
    trustFromNowOn(store, target, local);
    return { via: 'nothing', changes: noChanges() };
  }
  // The index is at what was seen, unless a process died between writing the one and the other.
  const extension = grown?.spool.from === local.size ? grown : await workspace.grow(local, checkpoint);
  const { spool, edge } = extension as Extension;
  const changes = await apply(workspace, store.current() as string, spool, checkpoint, () =>
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
  if (extension !== undefined) await apply(workspace, file, extension.spool, checkpoint, () => undefined);
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
async function apply(
  { onProgress }: Workspace,
  file: string,
  spool: Spool,
  checkpoint: Checkpoint,
  beforeCommit: () => void,
): Promise<ChangeSummary> {
  // A snapshot of now needs nothing that reads entries.
  const { append } = await import('../index/append.ts');
  const total = spool.to - spool.from;
  onProgress({ step: 'apply', done: 0, total });
  const db = openIndex(file);
  // New entries touch pages all over the index: with less, they are written and read again before the commit.
  db.pragma(`cache_size = -${APPLY_CACHE_KIB}`);
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

/** How far an index has come. Brings an older schema forward, and says so when the file is newer or damaged. */
function edgeOfIndex(file: string): Edge {
  const db = openIndex(file);
  try {
    return readEdge(db);
  } finally {
    db.close();
  }
}

/** The index in use, when it can be read: only for telling what has changed. */
function readableCurrent(store: IndexStore): Database.Database | undefined {
  try {
    return store.open();
  } catch {
    return undefined;
  }
}
