/**
 * What a mirror knows of the registry that it follows: in its own database, and as far as entries are concerned in one
 * transaction with them, so that each is copied once. Never in a snapshot.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../../src/lib/errors.ts';
import { readEdge } from '../../src/lib/index/meta.ts';
import type { IndexSource } from '../../src/lib/index/read-source.ts';
import { decodeEdge, type Edge, EMPTY_EDGE, encodePeaks } from '../../src/lib/log/tree.ts';
import type { Trust } from '../../src/lib/sync/trust.ts';

export const MIRROR_KEY = 'mirror';

export interface MirrorState {
  /** URL of the registry that is followed. */
  readonly from: string;
  /** Undefined before it was first reached. */
  readonly kind?: IndexSource;
  /** Of a signed one: its keys, and its newest checkpoint that was believed. */
  readonly trust?: Trust;
  /** Its entries that were copied, all from the first on, and the right edge of its tree over them, base64. */
  readonly copied: number;
  readonly peaks: string;
  /** Its entries, or the versions that it lists, as far as was last heard. */
  readonly size: number;
  /** Of what it lists, what could not be taken over. */
  readonly passed_over: number;
  /** Attestations that its log names and that it did not hand out. */
  readonly attestations_missing: number;
  readonly last_attempt_at: string | null;
  readonly last_success_at: string | null;
  /** Since the last success. */
  readonly error: { readonly code: string; readonly message: string; readonly at: string } | null;
  /** Rounds that failed, of all. */
  readonly errors: number;
}

/** Undefined for a registry that is no mirror. */
export function readMirror(db: Database.Database): MirrorState | undefined {
  const text = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(MIRROR_KEY);
  return typeof text === 'string' ? (JSON.parse(text) as MirrorState) : undefined;
}

/** Changes it, in the caller's transaction. */
export function changeMirror(db: Database.Database, changes: Partial<MirrorState>): void {
  const state = { ...requireMirror(db), ...changes };
  db.prepare('UPDATE meta SET value = ? WHERE key = ?').run(JSON.stringify(state), MIRROR_KEY);
}

export function requireMirror(db: Database.Database): MirrorState {
  const state = readMirror(db);
  if (state === undefined) throw new Error(`${db.name} is no mirror`);
  return state;
}

/** How far the origin's log was copied. */
export function copiedEdge({ copied, peaks }: MirrorState): Edge {
  return copied === 0 ? EMPTY_EDGE : decodeEdge(copied, Buffer.from(peaks, 'base64'));
}

/** The same, to be written. */
export function asCopied(edge: Edge): Pick<MirrorState, 'copied' | 'peaks'> {
  return { copied: edge.size, peaks: Buffer.from(encodePeaks(edge)).toString('base64') };
}

/**
 * Makes a new registry the mirror of another one, in the caller's transaction.
 * @throws MpakError USAGE when its log has entries of its own, or it is the mirror of another one
 */
export function becomeMirror(db: Database.Database, from: string): void {
  const known = readMirror(db);
  if (known?.from === from) return;
  if (known !== undefined) {
    throw new MpakError('USAGE', `This is a mirror of ${known.from}, and not of ${from}.`, {
      hint: 'A mirror follows one registry for good: start another in a folder of its own.',
    });
  }
  if (readEdge(db).size > 0) {
    throw new MpakError('USAGE', 'This registry has a log of its own: it becomes no mirror.', {
      hint: 'Start the mirror in a new folder.',
    });
  }
  const state: MirrorState = {
    from,
    copied: 0,
    peaks: '',
    size: 0,
    passed_over: 0,
    attestations_missing: 0,
    last_attempt_at: null,
    last_success_at: null,
    error: null,
    errors: 0,
  };
  db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run(MIRROR_KEY, JSON.stringify(state));
}
