/**
 * What is trusted of a registry: the keys it was pinned to, and the largest log it has shown. It is written before an
 * index comes into use, so whatever happens afterwards, an older or another log is recognised.
 */
import { MpakError } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import type { PublicKey } from '../log/key.ts';
import { decodeEdge, type Edge, rootHash } from '../log/tree.ts';

export interface Trust {
  /** The name of the log. */
  readonly origin: string;
  /** The pinned key and its successors, each named by the one before it; the last one signs. */
  readonly keys: readonly PublicKey[];
  /** Entries in the largest log seen. */
  readonly size: number;
  /** Its root, base64. */
  readonly root: string;
  /** The right edge of its tree, base64: what a larger log must grow out of. */
  readonly peaks: string;
  /** The signed checkpoint that said so: evidence, should the registry ever say otherwise. */
  readonly checkpoint: string;
  /** For asking whether there is a newer one. */
  readonly etag: string | null;
  /** When it was last asked, ISO 8601 UTC. */
  readonly synced_at: string;
}

/** @throws MpakError INDEX_UNREADABLE when the file is damaged: forgetting a pinned key is never done in silence */
export function readTrust(file: string): Trust | undefined {
  const text = readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    const trust: unknown = JSON.parse(text);
    if (isTrust(trust) && rootOf(edgeOf(trust)) === trust.root) return trust;
  } catch {
    // Told below.
  }
  throw new MpakError(
    'INDEX_UNREADABLE',
    `${file} is damaged: the pinned key of the registry is not known.`,
    {
      hint: 'Move the file away and run `mpak sync --key FINGERPRINT` with the fingerprint that the operator gives you.',
    },
  );
}

/**
 * When the registry was last asked, ISO 8601 UTC; undefined when nobody knows. Only for telling the user: nothing is
 * checked, and a file that is damaged is told of by what relies on it.
 */
export function lastAsked(file: string): string | undefined {
  try {
    const { synced_at } = JSON.parse(readTextIfThere(file) ?? '{}') as Partial<Trust>;
    return typeof synced_at === 'string' ? synced_at : undefined;
  } catch {
    return undefined;
  }
}

export function writeTrust(file: string, trust: Trust): void {
  writeFileAtomic(file, `${JSON.stringify(trust, undefined, 2)}\n`);
}

/** The right edge of the largest log seen. @throws RangeError when the peaks are not of a tree of that size */
export function edgeOf(trust: Pick<Trust, 'size' | 'peaks'>): Edge {
  return decodeEdge(trust.size, Buffer.from(trust.peaks, 'base64'));
}

/** The Merkle root of a tree, base64 as checkpoints have it. */
export function rootOf(edge: Edge): string {
  return Buffer.from(rootHash(edge)).toString('base64');
}

function isTrust(value: unknown): value is Trust {
  const trust = value as Partial<Trust> | null;
  return (
    trust !== null &&
    typeof trust === 'object' &&
    typeof trust.origin === 'string' &&
    Array.isArray(trust.keys) &&
    trust.keys.length > 0 &&
    trust.keys.every((key) => key?.kty === 'OKP' && key.crv === 'Ed25519' && typeof key.x === 'string') &&
    Number.isSafeInteger(trust.size) &&
    typeof trust.root === 'string' &&
    typeof trust.peaks === 'string' &&
    typeof trust.checkpoint === 'string' &&
    (trust.etag === null || typeof trust.etag === 'string') &&
    typeof trust.synced_at === 'string'
  );
}
