/** Replays the whole log of a registry and compares every row of the local index with it. */
import { MpakError } from '../errors.ts';
import { append } from '../index/append.ts';
import { compareIndexes } from '../index/compare.ts';
import { openIndex } from '../index/open.ts';
import type { Checkpoint } from '../log/checkpoint-form.ts';
import { EMPTY_EDGE } from '../log/tree.ts';
import { readSpool } from './pages.ts';
import type { Workspace } from './workspace.ts';

/** @throws MpakError REPLAY_MISMATCH with what differs, TAMPERED_LOG */
export async function verifyByReplay(workspace: Workspace, checkpoint: Checkpoint): Promise<void> {
  const { store, onProgress } = workspace;
  const log = await workspace.grow(EMPTY_EDGE, checkpoint);
  onProgress({ step: 'verify', done: 0, total: checkpoint.size });
  const replay = openIndex(workspace.temporaryFile('.db'));
  const actual = store.open();
  try {
    // A snapshot is looked at less closely when it comes: what SQLite's indexes say must be what is in the tables.
    const damage = actual.pragma('integrity_check(1)', { simple: true });
    if (damage !== 'ok') throw mismatch([`it is damaged: ${String(damage)}`]);
    const lines = log === undefined ? [] : readSpool(log.spool);
    replay.transaction(() => append(replay, lines, { keepLines: false })).immediate();
    const differences = compareIndexes(actual, replay);
    if (differences.length > 0) throw mismatch(differences);
    onProgress({ step: 'verify', done: checkpoint.size, total: checkpoint.size });
  } finally {
    actual.close();
    replay.close();
  }
}

function mismatch(differences: readonly string[]): MpakError {
  return new MpakError(
    'REPLAY_MISMATCH',
    `The index is not what its log says:\n  ${differences.join('\n  ')}`,
    { hint: 'Do not rely on it: run `mpak sync --full --verify`; if it stays, tell the operator.' },
  );
}
