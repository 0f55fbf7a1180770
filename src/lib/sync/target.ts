/**
 * Whether to believe what a registry says its log is: signed by a trusted key, current, and no contradiction of what it
 * said before. Whether it also grew out of that is known only with its entries.
 */

import { checkConsistency, checkpointKeyId, verifyCheckpoint } from '../log/checkpoint.ts';
import type { Checkpoint } from '../log/checkpoint-form.ts';
import { keyId, type PublicKey } from '../log/key.ts';
import { type Edge, encodePeaks } from '../log/tree.ts';
import type { CheckpointAnswer } from '../remote/registry-client.ts';
import { keyNotPinned } from './key-refusal.ts';
import type { IndexStore } from './store.ts';
import { rootOf, type Trust, writeTrust } from './trust.ts';
import type { Workspace } from './workspace.ts';

/** A checkpoint that is believed. */
export interface Target {
  readonly checkpoint: Checkpoint;
  /** What to trust from now on, but for the tree's edge, which follows from the entries. */
  readonly trust: Omit<Trust, 'peaks'>;
  /** What was trusted until now; undefined at the first sync. */
  readonly seen: Trust | undefined;
}

export interface TargetOptions {
  readonly now: Date;
  /** Key id to pin at the first sync, or to insist on later. */
  readonly pin: string | undefined;
  readonly seen: Trust | undefined;
  /** How far the index on the disk has come. */
  readonly local: Edge | undefined;
  readonly asked: Asked | undefined;
}

/** What was asked already, before it was known whether somebody else is syncing. */
export interface Asked {
  /** What was trusted then. */
  readonly about: Trust;
  readonly answer: Promise<CheckpointAnswer>;
}

/** Asks for the checkpoint. @throws MpakError for each reason not to believe it, of its own code */
export async function believeCheckpoint(workspace: Workspace, options: TargetOptions): Promise<Target> {
  const { now, pin, seen, local, asked } = options;
  const complete = seen !== undefined && local?.size === seen.size;
  // Another sync may have come further meanwhile: beside what that one saw, the answer would look like a rollback.
  const inTime = complete && asked?.about.checkpoint === seen.checkpoint && asked.about.etag === seen.etag;
  const ask = () => workspace.client.checkpoint(complete ? (seen.etag ?? undefined) : undefined);
  const answer = await (inTime ? asked.answer : ask());
  // Unchanged is only what was asked about: what is trusted.
  const [jws, etag] = answer.unchanged
    ? [(seen as Trust).checkpoint, (seen as Trust).etag]
    : [answer.jws, answer.etag];
  const kid = checkpointKeyId(jws);
  const keys = await trustedKeys(workspace, jws, options);
  if (pin !== undefined && !keys.map(keyId).includes(pin)) throw keyNotPinned(kid, pin);
  const expected = { origin: seen?.origin, now };
  const checkpoint = verifyCheckpoint(jws, keys.at(-1) as PublicKey, expected);
  if (seen !== undefined) checkConsistency(checkpoint, seen);
  if (local !== undefined && local.size > checkpoint.size) {
    checkConsistency(checkpoint, { size: local.size, root: rootOf(local) });
  }
  const { origin, size, root } = checkpoint;
  const trust = { origin, keys, size, root, checkpoint: jws, etag, synced_at: now.toISOString() };
  return { checkpoint, seen, trust };
}

/** The chain of trusted keys that ends in the one which signed the checkpoint, unverified yet. */
async function trustedKeys(
  workspace: Workspace,
  jws: string,
  { now, pin, seen }: TargetOptions,
): Promise<readonly PublicKey[]> {
  const kid = checkpointKeyId(jws);
  if (seen !== undefined && keyId(seen.keys.at(-1) as PublicKey) === kid) return seen.keys;
  if (seen === undefined) {
    const { findKey, requireKey } = await import('./key-set.ts');
    const keySet = await workspace.client.keys();
    const signing = requireKey(keySet, kid);
    if (pin === undefined || pin === kid) return [signing];
    // A former key: the whole log is looked through for what it and its successors signed.
    const pinned = findKey(keySet, pin);
    if (pinned === undefined) throw keyNotPinned(kid, pin);
    const { origin } = verifyCheckpoint(jws, signing, { origin: undefined, now });
    return follow(workspace, { origin, keys: [pinned], size: 0 }, kid);
  }
  return follow(workspace, seen, kid);
}

/** Only a key that is another needs the log, and what reads its entries. */
async function follow(
  { client }: Workspace,
  trusted: Pick<Trust, 'origin' | 'keys' | 'size'>,
  kid: string,
): Promise<readonly PublicKey[]> {
  const { followRotations } = await import('./keys.ts');
  return followRotations(client, trusted, kid);
}

/** @param edge of the log that the target is of */
export function trustFromNowOn(store: IndexStore, { trust }: Target, edge: Edge): void {
  const peaks = Buffer.from(encodePeaks(edge)).toString('base64');
  writeTrust(store.trustFile, { ...trust, peaks });
}
