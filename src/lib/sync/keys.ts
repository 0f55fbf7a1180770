/**
 * Which key a checkpoint must be signed with: the pinned one, or the last of those that it and its successors named.
 */
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import { parseLine, publicKeySchema } from '../log/entry.ts';
import { fingerprint, keyId, type PublicKey, publicKey, verifyRotation } from '../log/key.ts';

const keySetSchema = z.object({ keys: z.array(z.unknown()).max(64) });

/**
 * The key with this id, from the registry's key set. That it is the right one follows from the id, which is its hash.
 * @throws MpakError CHECKPOINT_SIGNATURE when the set does not hold it
 */
export async function findKey(keySet: string, kid: string): Promise<PublicKey> {
  let json: unknown;
  try {
    json = JSON.parse(keySet);
  } catch {
    json = undefined;
  }
  const parsed = keySetSchema.safeParse(json);
  for (const candidate of parsed.success ? parsed.data.keys : []) {
    const key = publicKeySchema.safeParse(candidate);
    if (key.success && (await keyId(key.data)) === kid) return publicKey(key.data);
  }
  throw new MpakError(
    'CHECKPOINT_SIGNATURE',
    `The registry's checkpoint is signed by ${fingerprint(kid)}, which is not among its own keys.`,
    { hint: 'Nothing was changed. Somebody between you and the registry may be altering its answers.' },
  );
}

/** The error for a checkpoint that is signed by a key which no trusted key has named. */
export function keyNotPinned(kid: string, pinned: string): MpakError {
  return new MpakError(
    'KEY_NOT_PINNED',
    `The registry signs with ${fingerprint(kid)}, and this index trusts ${fingerprint(pinned)}.`,
    {
      hint: 'Nothing was changed. Ask the operator, by another way than this registry, which key is right.',
    },
  );
}

/**
 * Follows the rotations in lines of the log from the last trusted key on.
 * @param lines of the log, in order; not yet verified, which a rotation need not be: the old key signed it
 * @returns the trusted keys with their successors
 */
export async function followRotations(
  lines: Iterable<Uint8Array>,
  origin: string,
  trusted: readonly PublicKey[],
): Promise<PublicKey[]> {
  const keys = [...trusted];
  for (const line of lines) {
    const parsed = parseLine(line);
    if (!('entry' in parsed) || parsed.entry.kind !== 'rotate-key') continue;
    const last = keys.at(-1) as PublicKey;
    if (await verifyRotation(parsed.entry, origin, last)) keys.push(publicKey(parsed.entry.new_key));
  }
  return keys;
}
