/**
 * The Merkle tree over the log, as RFC 6962 section 2.1 defines it, reduced to its right edge.
 *
 * A tree of n leaves is a row of perfect subtrees, one for each set bit of n, largest first. Their roots, the peaks,
 * are all that is needed to append leaves and to compute the root: at most 53 hashes, whatever the log holds. So a
 * client that keeps the peaks proves that a log only grew by appending the new leaves and comparing the root.
 */
import { hash } from 'node:crypto';

/** Bytes of a SHA-256 digest. */
export const HASH_BYTES = 32;

/** The right edge of a tree: its number of leaves, and the roots of its perfect subtrees from the largest down. */
export interface Edge {
  readonly size: number;
  readonly peaks: readonly Uint8Array[];
}

export const EMPTY_EDGE: Edge = { size: 0, peaks: [] };

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF, entry);
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right);
}

/** Of the parts as one: a digest at once takes half the time of one fed in parts. */
function sha256(...parts: Uint8Array[]): Uint8Array {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}

/** The edge after the leaves, in their order, are appended. */
export function appendLeaves(edge: Edge, leaves: Iterable<Uint8Array>): Edge {
  const peaks = [...edge.peaks];
  let size = edge.size;
  for (const leaf of leaves) {
    let hash = leaf;
    // Each trailing set bit of the size is a perfect subtree as large as the one just completed: they merge.
    for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      hash = nodeHash(peaks.pop() as Uint8Array, hash);
    }
    peaks.push(hash);
    size += 1;
  }
  return { size, peaks };
}

/** The Merkle tree hash; of an empty tree the hash of nothing. */
export function rootHash(edge: Edge): Uint8Array {
  const last = edge.peaks.at(-1);
  if (last === undefined) return sha256();
  return edge.peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The edge as bytes to keep: the peaks one after the other. The size is kept beside it. */
export function encodePeaks(edge: Edge): Uint8Array {
  return Buffer.concat(edge.peaks);
}

/** @throws RangeError when the bytes are not the peaks of a tree of that size */
export function decodeEdge(size: number, bytes: Uint8Array): Edge {
  if (!Number.isSafeInteger(size) || size < 0 || bytes.length !== countOnes(size) * HASH_BYTES) {
    throw new RangeError(`${bytes.length} bytes are not the peaks of a tree of ${size} leaves`);
  }
  const peaks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) peaks.push(bytes.slice(at, at + HASH_BYTES));
  return { size, peaks };
}

function countOnes(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}
