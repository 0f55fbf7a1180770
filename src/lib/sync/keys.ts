/**
 * Which key a checkpoint must be signed with: the pinned one, or the last of those that it and its successors named.
 */
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import { PAGE_SIZE } from '../log/checkpoint-form.ts';
import { parseLine, publicKeySchema } from '../log/entry.ts';
import { fingerprint, keyId, type PublicKey, publicKey, verifyRotation } from '../log/key.ts';
import { splitLines } from '../log/page.ts';
import type { RegistryClient } from '../remote/registry-client.ts';
import { keyNotPinned } from './key-refusal.ts';
import type { Trust } from './trust.ts';

/** How far a rotation is looked for: ten million entries since the last sync. */
const MAX_ROTATION_PAGES = 40_000;

const keySetSchema = z.object({ keys: z.array(z.unknown()).max(64) });

/**
 * The key with this id, from the registry's key set. That it is the right one follows from the id, which is its hash.
 * @returns undefined when the set does not hold it
 */
export function findKey(keySet: string, kid: string): PublicKey | undefined {
  let json: unknown;
  try {
    json = JSON.parse(keySet);
  } catch {
    json = undefined;
  }
  const parsed = keySetSchema.safeParse(json);
  for (const candidate of parsed.success ? parsed.data.keys : []) {
    const key = publicKeySchema.safeParse(candidate);
    if (key.success && keyId(key.data) === kid) return publicKey(key.data);
  }
  return undefined;
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

/**
 * Looks through the pages of the log, from where it was last seen, for the rotations that lead from the last trusted
 * key to the one with this id. Nothing is stored: who claims an endless log gets no disk filled.
 * @returns the trusted keys with their successors
 * @throws MpakError KEY_NOT_PINNED when no rotation leads there, NETWORK, REGISTRY_ANSWER
 */
export async function followRotations(
  client: RegistryClient,
  { origin, keys: trusted, size }: Pick<Trust, 'origin' | 'keys' | 'size'>,
  kid: string,
): Promise<readonly PublicKey[]> {
  const keys = [...trusted];
  const first = Math.floor(size / PAGE_SIZE);
  for (let page = first; page < first + MAX_ROTATION_PAGES; page += 1) {
    const lines = splitLines(await client.page(page), PAGE_SIZE);
    for (const line of lines) {
      const parsed = parseLine(line);
      if (!('entry' in parsed) || parsed.entry.kind !== 'rotate-key') continue;
      // Not yet verified to be in the log, and it need not be: the old key signed it.
      if (!verifyRotation(parsed.entry, origin, keys.at(-1) as PublicKey)) continue;
      keys.push(publicKey(parsed.entry.new_key));
      if (keyId(parsed.entry.new_key) === kid) return keys;
    }
    if (lines.length < PAGE_SIZE) break;
  }
  throw keyNotPinned(kid, keyId(trusted.at(-1) as PublicKey));
}
