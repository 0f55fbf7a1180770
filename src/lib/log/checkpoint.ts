/**
 * The signed checkpoint: what a registry says its log is, as a compact JWS (RFC 7515) by an Ed25519 key.
 *
 * `verifyCheckpoint` answers who said it and whether it may be believed now; whether it agrees with what was seen
 * before is `checkConsistency`. Each refusal is an error of its own.
 */
import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import { describeIssue, sha256 } from './entry.ts';
import { ALGORITHM, fingerprint, keyId, type PrivateKey, type PublicKey, publicKey } from './key.ts';

/** Entries in a page of the log. A page that is full never changes. */
export const PAGE_SIZE = 256;
/** A checkpoint is refused when it is this far in the future: clocks differ, but not by more. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;
/** Longest time for which a checkpoint may say that it is current: who may sign one for ever could freeze a client. */
export const MAX_LIFETIME_MS = 7 * 24 * 3_600_000;
/** Largest checkpoint that is looked at, in characters. */
export const MAX_CHECKPOINT_LENGTH = 16_384;

const snapshotSchema = z.object({
  /** Log entries that the snapshot holds. */
  size: z.int().min(0),
  /** Of the compressed file, as it is downloaded. */
  sha256,
  /** Of the compressed file. */
  bytes: z.int().min(0),
  path: z
    .string()
    .regex(/^\/?[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/, 'must be a plain path')
    .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'must not have dots')
    .max(1024),
});

const checkpointSchema = z
  .object({
    origin: z.string().min(1).max(1024),
    /** Entries in the log. */
    size: z.int().min(0),
    /** Merkle root over them, base64: the one spelling of its bytes, for roots are compared as text. */
    root: z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'must be 32 bytes in base64'),
    issued_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    page_size: z.literal(PAGE_SIZE),
    snapshot: snapshotSchema.nullable(),
  })
  .refine(({ size, snapshot }) => snapshot === null || snapshot.size <= size, {
    path: ['snapshot', 'size'],
    message: 'must not be larger than the log',
  });

export type Checkpoint = z.infer<typeof checkpointSchema>;
export type SnapshotReference = z.infer<typeof snapshotSchema>;

/** What was seen of a registry's log before: the largest tree, and its root. */
export interface SeenTree {
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

export async function signCheckpoint(checkpoint: Checkpoint, key: PrivateKey): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(checkpoint)))
    .setProtectedHeader({ alg: ALGORITHM, kid: await keyId(key), typ: 'mpak-checkpoint' })
    .sign(await importJWK({ ...key }, ALGORITHM));
}

/**
 * The key id that a checkpoint names, unverified: for finding the key, nothing else.
 * @throws MpakError CHECKPOINT_SIGNATURE when it is no JWS that this log could have made
 */
export function checkpointKeyId(jws: string): string {
  try {
    if (jws.length > MAX_CHECKPOINT_LENGTH) throw new Error('too long');
    const header = decodeProtectedHeader(jws);
    if (header.alg !== ALGORITHM || header.typ !== 'mpak-checkpoint') throw new Error('wrong header');
    if (typeof header.kid !== 'string') throw new Error('no kid');
    return header.kid;
  } catch (cause) {
    throw badSignature('is not a signed checkpoint', cause);
  }
}

/**
 * Verifies signature and form, the origin and the time.
 * @param expected.origin undefined at the first contact with a registry, when it is taken from the checkpoint
 * @throws MpakError CHECKPOINT_SIGNATURE, ORIGIN_MISMATCH, CHECKPOINT_FUTURE or CHECKPOINT_STALE
 */
export async function verifyCheckpoint(
  jws: string,
  key: PublicKey,
  expected: { origin: string | undefined; now: Date },
): Promise<Checkpoint> {
  const kid = checkpointKeyId(jws);
  if (kid !== (await keyId(key))) throw badSignature(`is signed by another key, ${fingerprint(kid)}`);
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(jws, await importJWK({ ...publicKey(key) }, ALGORITHM), {
      algorithms: [ALGORITHM],
    }));
  } catch (cause) {
    throw badSignature('has a signature that does not verify', cause);
  }
  const checkpoint = parseCheckpoint(payload);
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

function parseCheckpoint(payload: Uint8Array): Checkpoint {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch (cause) {
    throw badSignature('holds no JSON', cause);
  }
  const parsed = checkpointSchema.safeParse(json);
  if (!parsed.success) throw badSignature(`is malformed (${describeIssue(parsed.error)})`);
  const { issued_at, expires_at } = parsed.data;
  if (Date.parse(expires_at) - Date.parse(issued_at) > MAX_LIFETIME_MS) {
    throw badSignature('says that it is current for more than seven days');
  }
  return parsed.data;
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
