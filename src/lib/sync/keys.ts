import { PAGE_SIZE } from '../log/checkpoint-form.ts';
import { parseLine } from '../log/entry.ts';
import { keyId, type PublicKey, publicKey, verifyRotation } from '../log/key.ts';
import { splitLines } from '../log/page.ts';
import type { RegistryClient } from '../remote/registry-client.ts';
import { keyNotPinned } from './key-refusal.ts';
import type { Trust } from './trust.ts';

/** How far a rotation is looked for: ten million entries since the last sync. */
const MAX_ROTATION_PAGES = 40_000;

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
