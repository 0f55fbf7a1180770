/**
 * How the packages that hold a word are stored: in blocks, the differences of their ranks as varints where they are
 * few, the bits of a window of ranks where they are many. docs/schema.md has the format.
 */
import { damagedIndex } from './damaged.ts';
import { ANYWHERE, addPlace, MAX_RANK, NAMED, type Place, type Places, TEXT, WINDOW } from './places.ts';

/** A package that holds a word, by its rank. */
export interface Posting {
  readonly rank: number;
  readonly place: Place;
}

export interface Block {
  /** No rank in it is lower. */
  readonly first: number;
  /** Packages in it. */
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** A longer row would spill out of its page in SQLite's tree. */
const MAX_BYTES = 800;
/** The varint of the largest difference. */
const LONGEST_VARINT = 4;

/** The first byte of a block of bits: a varint block begins with a place. */
const BITS = 3;
/** The bits of a window for one place, in bytes. */
const PLANE = WINDOW / 8;
/** So many packages in a window are stored as bits: as varints, one byte each, they would take about as much. */
const MANY = 640;

/** Cuts a list into blocks. @param postings ascending, each rank once */
export function encodeBlocks(postings: readonly Posting[]): Block[] {
  const blocks: Block[] = [];
  let few: Posting[] = [];
  for (let from = 0; from < postings.length; ) {
    const window = Math.floor((postings[from] as Posting).rank / WINDOW);
    let to = from;
    while (to < postings.length && Math.floor((postings[to] as Posting).rank / WINDOW) === window) to += 1;
    if (to - from < MANY) few.push(...postings.slice(from, to));
    else {
      blocks.push(...varintBlocks(few), bitBlock(postings.slice(from, to)));
      few = [];
    }
    from = to;
  }
  return [...blocks, ...varintBlocks(few)];
}

/** @param postings of one window */
function bitBlock(postings: readonly Posting[]): Block {
  const first = (postings[0] as Posting).rank;
  const start = windowStart(first);
  const bytes = new Uint8Array(1 + 3 * PLANE);
  bytes[0] = BITS;
  for (const { rank, place } of postings) {
    // The planes of named, text, any: a package is in that of its place and in the wider ones.
    for (let plane: number = place; plane <= ANYWHERE; plane += 1) {
      const at = 1 + plane * PLANE + ((rank - start) >>> 3);
      bytes[at] = (bytes[at] as number) | (1 << ((rank - start) & 7));
    }
  }
  return { first, count: postings.length, bytes };
}

const windowStart = (rank: number): number => rank - (rank % WINDOW);

function varintBlocks(postings: readonly Posting[]): Block[] {
  const blocks: Block[] = [];
  const bytes = new Uint8Array(MAX_BYTES);
  let at = 0;
  let first = 0;
  let last = 0;
  let count = 0;
  const close = () => {
    if (count > 0) blocks.push({ first, count, bytes: bytes.slice(0, at) });
    [at, count] = [0, 0];
  };
  for (const { rank, place } of postings) {
    if (rank >= MAX_RANK) throw damagedIndex(`The index is damaged, or full: ${rank} is no rank.`);
    if (at + LONGEST_VARINT > MAX_BYTES) close();
    if (count === 0) [first, last] = [rank, rank];
    let value = (rank - last) * 4 + place;
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
 * Adds the packages of a block.
 * @throws MpakError INDEX_UNREADABLE when it is none, or has ranks that there is no room for
 */
export function addBlock(places: Places, first: number, bytes: Uint8Array): void {
  const room = places.any.length * 32;
  if (first < 0 || first >= room) throw damaged();
  if (bytes[0] === BITS) addBitBlock(places, first, bytes);
  else forEachVarint(first, bytes, room, (rank, place) => addPlace(places, rank, place));
}

function addBitBlock(places: Places, first: number, bytes: Uint8Array): void {
  if (bytes.length !== 1 + 3 * PLANE) throw damaged();
  const words = new Uint32Array((3 * PLANE) / 4);
  new Uint8Array(words.buffer).set(bytes.subarray(1));
  const length = PLANE / 4;
  const at = windowStart(first) / 32;
  places.windows[Math.floor(first / WINDOW)] = 1;
  for (let i = 0; i < length; i += 1) {
    places.named[at + i] = (places.named[at + i] as number) | (words[i] as number);
    places.text[at + i] = (places.text[at + i] as number) | (words[length + i] as number);
    places.any[at + i] = (places.any[at + i] as number) | (words[2 * length + i] as number);
  }
}

function forEachVarint(
  first: number,
  bytes: Uint8Array,
  room: number,
  each: (rank: number, place: number) => void,
): void {
  let rank = first;
  for (let at = 0; at < bytes.length; at += 1) {
    let value = bytes[at] as number;
    if (value >= 0x80) {
      value &= 0x7f;
      for (let shift = 7, byte = 0x80; byte >= 0x80; shift += 7) {
        at += 1;
        if (at === bytes.length || shift > 21) throw damaged();
        byte = bytes[at] as number;
        value |= (byte & 0x7f) << shift;
      }
    }
    rank += value >>> 2;
    const place = value & 3;
    if (rank >= room || place > ANYWHERE) throw damaged();
    each(rank, place);
  }
}

/**
 * The packages of a block, ascending.
 * @throws MpakError INDEX_UNREADABLE when it is none
 */
export function decodeBlock(first: number, bytes: Uint8Array): Posting[] {
  if (first < 0 || first >= MAX_RANK) throw damaged();
  const postings: Posting[] = [];
  if (bytes[0] !== BITS) {
    forEachVarint(first, bytes, MAX_RANK, (rank, place) => postings.push({ rank, place: place as Place }));
    return postings;
  }
  if (bytes.length !== 1 + 3 * PLANE) throw damaged();
  const start = windowStart(first);
  for (let rank = 0; rank < WINDOW; rank += 1) {
    const isIn = (plane: number) =>
      (((bytes[1 + plane * PLANE + (rank >>> 3)] as number) >>> (rank & 7)) & 1) === 1;
    const place = [NAMED, TEXT, ANYWHERE].find(isIn) as Place | undefined;
    if (place !== undefined) postings.push({ rank: start + rank, place });
  }
  return postings;
}

const damaged = () => damagedIndex('The word lists of the index are damaged.');
