/**
 * The signed checkpoint: what a registry says its log is, as a compact JWS (RFC 7515) by an Ed25519 key.
 *
 * `verifyCheckpoint` answers who said it and whether it may be believed now; whether it agrees with what was seen
 * before is `checkConsistency`. Each refusal is an error of its own.
 */
import { MpakError } from '../errors.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint-form.ts';
import { readHeader, signJws, verifyJws } from './jws.ts';
import { fingerprint, keyId, type PrivateKey, type PublicKey } from './key.ts';

/** A checkpoint is refused when it is this far in the future: clocks differ, but not by more. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;
/** Longest time for which a checkpoint may say that it is current: who may sign one for ever could freeze a client. */
export const MAX_LIFETIME_MS = 7 * 24 * 3_600_000;
/** Largest checkpoint that is looked at, in characters. */
export const MAX_CHECKPOINT_LENGTH = 16_384;

/** What was seen of a registry's log before: the largest tree, and its root. */
export interface SeenTree {
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

export function signCheckpoint(checkpoint: Checkpoint, key: PrivateKey): string {
  return signJws(checkpoint, { kid: keyId(key), typ: 'mpak-checkpoint' }, key);
}

/**
 * The key id that a checkpoint names, unverified: for finding the key, nothing else.
 * @throws MpakError CHECKPOINT_SIGNATURE when it is no JWS that this log could have made
 */
export function checkpointKeyId(jws: string): string {
  try {
    if (jws.length > MAX_CHECKPOINT_LENGTH) throw new Error('too long');
    const { kid, typ } = readHeader(jws);
    if (typ !== 'mpak-checkpoint') throw new Error('another type');
    return kid;
  } catch (cause) {
    throw badSignature('is not a signed checkpoint', cause);
  }
}

/**
 * Verifies signature and form, the origin and the time.
 * @param expected.origin undefined at the first contact with a registry, when it is taken from the checkpoint
 * @throws MpakError CHECKPOINT_SIGNATURE, ORIGIN_MISMATCH, CHECKPOINT_FUTURE or CHECKPOINT_STALE
 */
export function verifyCheckpoint(
  jws: string,
  key: PublicKey,
  expected: { origin: string | undefined; now: Date },
): Checkpoint {
  const kid = checkpointKeyId(jws);
  if (kid !== keyId(key)) throw badSignature(`is signed by another key, ${fingerprint(kid)}`);
  const checkpoint = read(verified(jws, key));
  if (expected.origin !== undefined && checkpoint.origin !== expected.origin) {
    throw new MpakError(
      'ORIGIN_MISMATCH',
      `The checkpoint is of the log "${checkpoint.origin}", and this index follows "${expected.origin}".`,
      { hint: 'Nothing was changed. Check the registry URL: another log may be served there now.' },
    );
  }
  checkTime(checkpoint, expected.now);
  return checkpoint;
}

function verified(jws: string, key: PublicKey): Buffer {
  try {
    return verifyJws(jws, key);
  } catch (cause) {
    throw badSignature('has a signature that does not verify', cause);
  }
}

function read(payload: Buffer): Checkpoint {
  let json: unknown;
  try {
    json = JSON.parse(payload.toString('utf8'));
  } catch (cause) {
    throw badSignature('holds no JSON', cause);
  }
  const checkpoint = parseCheckpoint(json);
  if (typeof checkpoint === 'string') throw badSignature(`is malformed (${checkpoint})`);
  const { issued_at, expires_at } = checkpoint;
  if (Date.parse(expires_at) - Date.parse(issued_at) > MAX_LIFETIME_MS) {
    throw badSignature('says that it is current for more than seven days');
  }
  return checkpoint;
}

/** @throws MpakError CHECKPOINT_FUTURE or CHECKPOINT_STALE */
export function checkTime(checkpoint: Checkpoint, now: Date): void {
  if (Date.parse(checkpoint.issued_at) > now.getTime() + MAX_CLOCK_SKEW_MS) {
    throw new MpakError(
      'CHECKPOINT_FUTURE',
      `The checkpoint was issued in the future, at ${checkpoint.issued_at}; it is ${now.toISOString()} here.`,
      { hint: "Nothing was changed. Check this machine's clock; if it is right, the registry's is wrong." },
    );
  }
  if (Date.parse(checkpoint.expires_at) <= now.getTime()) {
    throw new MpakError(
      'CHECKPOINT_STALE',
      `The checkpoint expired at ${checkpoint.expires_at}: somebody may be holding newer entries back.`,
      { hint: "Nothing was changed. Try again later; if it stays, tell the registry's operator." },
    );
  }
}

/**
 * Compares a verified checkpoint with the largest tree seen before.
 * @throws MpakError ROLLBACK or EQUIVOCATION
 */
export function checkConsistency(checkpoint: Checkpoint, seen: SeenTree): void {
  if (checkpoint.size < seen.size) {
    throw new MpakError(
      'ROLLBACK',
      `The registry now shows ${checkpoint.size} log entries, and it showed ${seen.size} before: it went back in time.`,
      { hint: "Nothing was changed. A log only grows; tell the registry's operator and keep this index." },
    );
  }
  if (checkpoint.size === seen.size && checkpoint.root !== seen.root) {
    throw new MpakError(
      'EQUIVOCATION',
      `The registry signed two different logs of ${seen.size} entries: root ${seen.root} before, ${checkpoint.root} now.`,
      { hint: 'Nothing was changed. Both signatures are evidence: tell the operator and other users.' },
    );
  }
}

function badSignature(what: string, cause?: unknown): MpakError {
  return new MpakError('CHECKPOINT_SIGNATURE', `The registry's checkpoint ${what}.`, {
    hint: 'Nothing was changed. Somebody between you and the registry may be altering its answers.',
    cause,
  });
}
