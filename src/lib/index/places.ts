/**
 * Which packages hold a word, and where in their text: a bit a package, by rank, for each place. A place includes the
 * better ones, so all words together are where their bits are in common, and any of them where one has a bit.
 */

/** Where a package holds a word. A lower place is a better one, and only the best is kept. */
export const NAMED = 0; // name, scope, display name
export const TEXT = 1; // description, keywords
export const ANYWHERE = 2; // author, names and descriptions of tools
export type Place = typeof NAMED | typeof TEXT | typeof ANYWHERE;

/** A bit for each rank, the lowest bit of the first number for rank 0. */
export type Bits = Uint32Array;

/** Ranks whose bits stand together in a block of the index (posting-blocks.ts); places are a multiple of them long. */
export const WINDOW = 2048;

/** Ranks stay below: what says more is damaged, and would make us take the memory for it. */
export const MAX_RANK = 2 ** 24;

export interface Places {
  readonly named: Bits;
  /** Those of `named` too. */
  readonly text: Bits;
  /** Those of `text` too: all that hold it. */
  readonly any: Bits;
  /** For each window of ranks, 1 when any bit of it may be set: most words are in few. */
  readonly windows: Uint8Array;
}

/** Numbers in which the bits of a window are. */
export const WINDOW_LENGTH = WINDOW / 32;

/** @param ranks ranks there is room for, from 0 on: below that */
export function newPlaces(ranks: number): Places {
  const windows = Math.ceil(ranks / WINDOW);
  const plane = () => new Uint32Array(windows * WINDOW_LENGTH);
  return { named: plane(), text: plane(), any: plane(), windows: new Uint8Array(windows) };
}

/** Takes all packages out. */
export function clearPlaces({ named, text, any, windows }: Places): void {
  for (let window = 0; window < windows.length; window += 1) {
    if (windows[window] === 0) continue;
    const [from, to] = [window * WINDOW_LENGTH, (window + 1) * WINDOW_LENGTH];
    for (const plane of [named, text, any]) plane.fill(0, from, to);
  }
  windows.fill(0);
}

export function addPlace(places: Places, rank: number, place: number): void {
  const at = rank >>> 5;
  const bit = 1 << (rank & 31);
  (places.any[at] as number) |= bit;
  if (place <= TEXT) (places.text[at] as number) |= bit;
  if (place === NAMED) (places.named[at] as number) |= bit;
  places.windows[Math.floor(rank / WINDOW)] = 1;
}

/** Adds the packages that hold both of two words, with the worse place of the two. */
export function addBoth(places: Places, one: Places, other: Places): void {
  const { named, text, any, windows } = places;
  for (let window = 0; window < windows.length; window += 1) {
    if (one.windows[window] === 0 || other.windows[window] === 0) continue;
    for (let i = window * WINDOW_LENGTH; i < (window + 1) * WINDOW_LENGTH; i += 1) {
      const bits = (one.any[i] as number) & (other.any[i] as number);
      // Mostly one of the words is rare.
      if (bits === 0) continue;
      windows[window] = 1;
      any[i] = (any[i] as number) | bits;
      text[i] = (text[i] as number) | ((one.text[i] as number) & (other.text[i] as number));
      named[i] = (named[i] as number) | ((one.named[i] as number) & (other.named[i] as number));
    }
  }
}

/** Adds the packages that hold another word, with the better place of the two. */
export function addPlaces({ named, text, any, windows }: Places, other: Places): void {
  for (let window = 0; window < windows.length; window += 1) {
    if (other.windows[window] === 0) continue;
    windows[window] = 1;
    for (let i = window * WINDOW_LENGTH; i < (window + 1) * WINDOW_LENGTH; i += 1) {
      named[i] = (named[i] as number) | (other.named[i] as number);
      text[i] = (text[i] as number) | (other.text[i] as number);
      any[i] = (any[i] as number) | (other.any[i] as number);
    }
  }
}

export function addBits(bits: Bits, other: Bits): void {
  for (let i = 0; i < bits.length; i += 1) bits[i] = (bits[i] as number) | (other[i] as number);
}

/** Whether a package is in all of them. */
export function haveCommon([first, ...others]: readonly Places[]): boolean {
  if (first === undefined) return false;
  for (let window = 0; window < first.windows.length; window += 1) {
    if (first.windows[window] === 0 || others.some(({ windows }) => windows[window] === 0)) continue;
    for (let i = window * WINDOW_LENGTH; i < (window + 1) * WINDOW_LENGTH; i += 1) {
      let bits = first.any[i] as number;
      for (let j = 0; j < others.length && bits !== 0; j += 1) bits &= (others[j] as Places).any[i] as number;
      if (bits !== 0) return true;
    }
  }
  return false;
}

export function hasBit(bits: Bits, rank: number): boolean {
  return (((bits[rank >>> 5] ?? 0) >>> (rank & 31)) & 1) === 1;
}

export function countBits(bits: Bits): number {
  let count = 0;
  for (let i = 0; i < bits.length; i += 1) if (bits[i] !== 0) count += bitCount(bits[i] as number);
  return count;
}

/** How many bits of a number are set. */
export function bitCount(bits: number): number {
  let pairs = bits - ((bits >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return (((pairs + (pairs >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Appends the ranks of bits to a list that has room for `most`. */
export function pushRanks(ranks: number[], bits: number, firstRank: number, most: number): void {
  for (let rest = bits; rest !== 0 && ranks.length < most; rest &= rest - 1) {
    ranks.push(firstRank + 31 - Math.clz32(rest & -rest));
  }
}

/** The first of the packages that hold a word in their names: ranks, ascending. */
export function firstNamed({ named, windows }: Places, most: number): number[] {
  const ranks: number[] = [];
  for (let window = 0; window < windows.length && ranks.length < most; window += 1) {
    if (windows[window] === 0) continue;
    for (let i = window * WINDOW_LENGTH; i < (window + 1) * WINDOW_LENGTH; i += 1) {
      if (named[i] !== 0) pushRanks(ranks, named[i] as number, i * 32, most);
    }
  }
  return ranks;
}

/** All ranks, ascending. */
export function ranksOf(bits: Bits): number[] {
  const ranks: number[] = [];
  for (let i = 0; i < bits.length; i += 1)
    pushRanks(ranks, bits[i] as number, i * 32, Number.POSITIVE_INFINITY);
  return ranks;
}
