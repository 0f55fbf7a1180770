/** The registry's own set of keys: where a client finds the key that a key id, which it trusts, stands for. */
import { MpakError } from '../errors.ts';
import { fingerprint, keyId, type PublicKey } from '../log/key.ts';

const MAX_KEYS = 64;

/**
 * The key with this id, from the registry's key set. That it is the right one follows from the id, which is its hash.
 * @returns undefined when the set does not hold it
 */
export function findKey(keySet: string, kid: string): PublicKey | undefined {
  return keysOf(keySet).find((key) => keyId(key) === kid);
}

/** Those of the set that are of our kind; none when it is no set, or a large one. */
function keysOf(keySet: string): PublicKey[] {
  let json: unknown;
  try {
    json = JSON.parse(keySet);
  } catch {
    return [];
  }
  const keys: unknown = (json as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return [];
  return keys.flatMap((key: Partial<PublicKey> | null) =>
    key?.kty === 'OKP' && key.crv === 'Ed25519' && isKey(key.x)
      ? [{ kty: key.kty, crv: key.crv, x: key.x }]
      : [],
  );
}

/** 32 bytes in their one spelling. */
function isKey(x: unknown): x is string {
  return typeof x === 'string' && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(x);
}

/** The key that signed a checkpoint. @throws MpakError CHECKPOINT_SIGNATURE when the set does not hold it */
export function requireKey(keySet: string, kid: string): PublicKey {
  const key = findKey(keySet, kid);
  if (key !== undefined) return key;
  throw new MpakError(
    'CHECKPOINT_SIGNATURE',
    `The registry's checkpoint is signed by ${fingerprint(kid)}, which is not among its own keys.`,
    { hint: 'Nothing was changed. Somebody between you and the registry may be altering its answers.' },
  );
}
