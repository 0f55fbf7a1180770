/**
 * A hash of a word that can be put together from those of its parts, so that the hundreds of words which are one typing
 * mistake away are hashed without being written out. docs/schema.md has the formula.
 */

/** Odd, so that no power of it is zero. */
const BASE = 0x9e3779b1;

/** A part of a word: its hash, and what a part before it is multiplied by. */
export interface HashedPart {
  readonly hash: number;
  readonly shift: number;
}

export const NO_PART: HashedPart = { hash: 0, shift: 1 };

/** One part behind the other. */
export function joined(before: HashedPart, after: HashedPart): HashedPart {
  return {
    hash: (Math.imul(before.hash, after.shift) + after.hash) | 0,
    shift: Math.imul(before.shift, after.shift),
  };
}

/** Of a text, by its UTF-16 units. */
export function hashedPart(text: string): HashedPart {
  let hash = 0;
  let shift = 1;
  for (let i = 0; i < text.length; i += 1) {
    hash = (Math.imul(hash, BASE) + text.charCodeAt(i)) | 0;
    shift = Math.imul(shift, BASE);
  }
  return { hash, shift };
}

/** The same bits, well mixed: neighbouring words are far from each other. The last step of MurmurHash3. */
export function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
