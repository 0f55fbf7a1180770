/**
 * Posting lists: which packages hold a term, and where in their text. A list is an array of numbers, rank * 8 + place,
 * ascending; on disk it is blocks of the differences between ranks, as varints. docs/schema.md has the format.
 */
import { MpakError } from '../errors.ts';

/** Where a package holds a term. A lower place is a better one, and only the best is kept. */
export const NAMED = 0; // name, scope, display name
export const TEXT = 1; // description, keywords
export const ANYWHERE = 2; // author, names and descriptions of tools
export type Place = typeof NAMED | typeof TEXT | typeof ANYWHERE;

/** Ascending, each rank once: rank * 8 + place, or another number below 8 in its stead. */
export type Postings = Uint32Array;

export const NO_POSTINGS: Postings = new Uint32Array(0);

/** A block of a list, as it is stored. */
export interface Block {
  /** The first rank in it. */
  readonly first: number;
  /** Packages in it. */
  readonly count: number;
  readonly block: Uint8Array;
}

/** Longest block, in bytes: a row that is longer would spill out of its page in SQLite's tree. */
const MAX_BLOCK = 900;
/** The varint of the largest difference. */
const LONGEST_VARINT = 4;
/** Ranks stay below: what decodes to more is damaged, and would make us take the memory for it. */
const MAX_RANK = 2 ** 24;

export const rankOf = (posting: number): number => posting >>> 3;
export const placeOf = (posting: number): number => posting & 7;
export const postingOf = (rank: number, place: number): number => (rank << 3) | place;

/** Cuts a list into blocks. */
export function encodePostings(postings: ArrayLike<number>): Block[] {
  const blocks: Block[] = [];
  const bytes = new Uint8Array(MAX_BLOCK);
  let at = 0;
  let first = 0;
  let count = 0;
  let last = 0;
  const close = () => {
    if (count > 0) blocks.push({ first, count, block: bytes.slice(0, at) });
    [at, count] = [0, 0];
  };
  for (let i = 0; i < postings.length; i += 1) {
    const posting = postings[i] as number;
    const rank = rankOf(posting);
    if (rank >= MAX_RANK) throw new RangeError(`a rank of ${rank} is too large for a posting list`);
    if (at + LONGEST_VARINT > MAX_BLOCK) close();
    if (count === 0) [first, last] = [rank, rank];
    let value = ((rank - last) << 2) | placeOf(posting);
    while (value >= 0x80) {
      bytes[at] = (value & 0x7f) | 0x80;
      at += 1;
      value >>>= 7;
    }
    bytes[at] = value;
    at += 1;
    count += 1;
    last = rank;
  }
  close();
  return blocks;
}

/**
 * Puts blocks together.
 * @param blocks `first` and bytes of each, in their order
 * @throws MpakError INDEX_UNREADABLE when they are not what `encodePostings` makes
 */
export function decodePostings(blocks: readonly (readonly [first: number, block: Uint8Array])[]): Postings {
  let size = 0;
  for (const [, block] of blocks) size += block.length;
  const postings = new Uint32Array(size);
  let count = 0;
  let last = -1;
  for (const [first, block] of blocks) {
    let rank = first;
    let start = true;
    for (let at = 0; at < block.length; ) {
      let byte = block[at] as number;
      at += 1;
      let value = byte & 0x7f;
      for (let shift = 7; byte >= 0x80; shift += 7) {
        if (at === block.length || shift > 21) throw damaged();
        byte = block[at] as number;
        at += 1;
        value |= (byte & 0x7f) << shift;
      }
      rank += value >>> 2;
      if (start ? rank <= last : value < 4) throw damaged();
      if (rank >= MAX_RANK) throw damaged();
      start = false;
      postings[count] = postingOf(rank, value & 3);
      count += 1;
    }
    last = rank;
  }
  return postings.subarray(0, count);
}

function damaged(): MpakError {
  return new MpakError('INDEX_UNREADABLE', 'The word lists of the index are damaged.', {
    hint: 'Run `mpak sync --full` to fetch the index again.',
  });
}

/** Packages that are in both lists, with the worse place of the two: where all terms are found. */
export function intersect(one: Postings, other: Postings): Postings {
  return common(one, other, true);
}

/** The packages of a list that are in another one too, with their place in the first. */
export function keepIn(list: Postings, allowed: Postings): Postings {
  return common(list, allowed, false);
}

function common(one: Postings, other: Postings, worse: boolean): Postings {
  const found = new Uint32Array(Math.min(one.length, other.length));
  let count = 0;
  let j = 0;
  for (let i = 0; i < one.length; i += 1) {
    const a = one[i] as number;
    const rank = rankOf(a);
    while (j < other.length && rankOf(other[j] as number) < rank) j += 1;
    if (j === other.length) break;
    const b = other[j] as number;
    if (rankOf(b) !== rank) continue;
    found[count] = worse && b > a ? b : a;
    count += 1;
  }
  return found.subarray(0, count);
}

/** Packages of a list that are not in another one. */
export function without(list: Postings, others: Postings): Postings {
  if (others.length === 0) return list;
  const left = new Uint32Array(list.length);
  let count = 0;
  let j = 0;
  for (let i = 0; i < list.length; i += 1) {
    const a = list[i] as number;
    const rank = rankOf(a);
    while (j < others.length && rankOf(others[j] as number) < rank) j += 1;
    if (j < others.length && rankOf(others[j] as number) === rank) continue;
    left[count] = a;
    count += 1;
  }
  return left.subarray(0, count);
}

/** Below so many, sorting is faster than a walk over all ranks, and so is what has not been compiled yet. */
const FEW = 16_384;

/** Packages that are in any of the lists, with the best place of each. */
export function union(lists: readonly Postings[]): Postings {
  const [first = NO_POSTINGS, ...others] = lists.filter((list) => list.length > 0);
  if (others.length === 0) return first;
  let size = first.length;
  let end = first.at(-1) as number;
  for (const list of others) {
    size += list.length;
    end = Math.max(end, list.at(-1) as number);
  }
  return size <= FEW ? sortedUnion(lists, size) : spreadUnion(lists, size, rankOf(end));
}

function sortedUnion(lists: readonly Postings[], size: number): Postings {
  const all = new Uint32Array(size);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  let count = 0;
  let last = -1;
  for (let i = 0; i < all.length; i += 1) {
    const posting = all[i] as number;
    if (rankOf(posting) === last) continue;
    last = rankOf(posting);
    all[count] = posting;
    count += 1;
  }
  return all.subarray(0, count);
}

function spreadUnion(lists: readonly Postings[], size: number, lastRank: number): Postings {
  /** By rank, 4 less the best place; 0: in none. */
  const best = new Uint8Array(lastRank + 1);
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 1) {
      const posting = list[i] as number;
      const value = 4 - placeOf(posting);
      if ((best[rankOf(posting)] as number) < value) best[rankOf(posting)] = value;
    }
  }
  const all = new Uint32Array(Math.min(size, lastRank + 1));
  let count = 0;
  for (let rank = 0; rank <= lastRank; rank += 1) {
    const value = best[rank] as number;
    if (value === 0) continue;
    all[count] = postingOf(rank, 4 - value);
    count += 1;
  }
  return all.subarray(0, count);
}
