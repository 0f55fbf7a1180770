/**
 * Which words any package holds, as a Bloom filter: hundreds of spellings are tried for a mistyped word, and nearly all
 * of them are in no package. It never denies a word that is there, and says of about one in a hundred others that it may
 * be. docs/schema.md has the format.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { isWord } from './terms.ts';
import { hashedPart, mixed } from './word-hash.ts';

/** In a row of the table: two rows fill a page. */
const BYTES = 2_000;
const BITS = BYTES * 8;
/** Bits that a word sets in its block. */
const BITS_OF_A_WORD = 5;
/** A block with so many words is full, and there will be twice as many blocks. */
const WORDS_OF_A_BLOCK = BITS / 10;
/** For a hundred million words: what says more is damaged, and would make us take the memory for it. */
const MAX_BLOCKS = 2 ** 16;

/** Of a hash, mixed again for each. */
const BLOCK_SALT = 0x2545f491;
const STEP_SALT = 0x6c62272e;

type Blocks = readonly Uint8Array[];

const blockOf = (hash: number, blocks: number): number =>
  Math.floor((mixed(hash ^ BLOCK_SALT) / 2 ** 32) * blocks);

/** Whether a block has all bits of a word. */
function has(block: Uint8Array, hash: number): boolean {
  const step = stepOf(hash);
  let bit = mixed(hash) % BITS;
  for (let i = 0; i < BITS_OF_A_WORD; i += 1) {
    if (((block[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false;
    bit = (bit + step) % BITS;
  }
  return true;
}

function add(block: Uint8Array, hash: number): void {
  const step = stepOf(hash);
  let bit = mixed(hash) % BITS;
  for (let i = 0; i < BITS_OF_A_WORD; i += 1) {
    (block[bit >>> 3] as number) |= 1 << (bit & 7);
    bit = (bit + step) % BITS;
  }
}

/** From one bit of a word to the next: never zero. */
const stepOf = (hash: number): number => 1 + (mixed(hash ^ STEP_SALT) % (BITS - 1));

/** Says whether any package may hold the word with a hash (word-hash.ts). */
export type WordFilter = (hash: number) => boolean;

/** @throws MpakError INDEX_UNREADABLE when the table has rows that no filter has */
export function readWordFilter(db: Database.Database): WordFilter {
  const blocks = readBlocks(db);
  if (blocks.length === 0) return () => false;
  return (hash) => has(blocks[blockOf(hash, blocks.length)] as Uint8Array, hash);
}

function readBlocks(db: Database.Database): Blocks {
  const rows = db
    .prepare<[], [number, Buffer]>('SELECT block, bits FROM word_filter ORDER BY block')
    .raw()
    .all();
  if (rows.length > MAX_BLOCKS || rows.some(([block, bits], at) => block !== at || bits.length !== BYTES)) {
    throw new MpakError('INDEX_UNREADABLE', 'The index of words for typing mistakes is damaged.', {
      hint: 'Run `mpak sync --full` to fetch the index again.',
    });
  }
  return rows.map(([, bits]) => bits);
}

interface Block {
  readonly bits: Uint8Array;
  /** Those that changed it. */
  words: number;
}

/** Adds words, in the caller's transaction. A word that no package holds any more stays. */
export class WordFilterWriter {
  readonly #count: Database.Statement<[], number>;
  readonly #read: Database.Statement<[number], Block>;
  readonly #write: Database.Statement<[number, number, Uint8Array]>;
  readonly #clear: Database.Statement<[]>;
  readonly #terms: Database.Statement<[], string>;

  constructor(db: Database.Database) {
    this.#count = db.prepare<[], number>('SELECT coalesce(max(block) + 1, 0) FROM word_filter').pluck();
    this.#read = db.prepare('SELECT bits, words FROM word_filter WHERE block = ?');
    this.#write = db.prepare('REPLACE INTO word_filter (block, words, bits) VALUES (?, ?, ?)');
    this.#clear = db.prepare('DELETE FROM word_filter');
    this.#terms = db
      .prepare<[], string>(
        'SELECT term FROM postings WHERE recent = 0 UNION SELECT term FROM postings WHERE recent = 1',
      )
      .pluck();
  }

  /** @param words already in the posting lists */
  add(words: Iterable<string>): void {
    const count = this.#count.get() as number;
    const changed = new Map<number, Block>();
    const known = new Map<number, Block>();
    for (const word of words) {
      if (count === 0) {
        this.#makeAnew(1);
        return;
      }
      const { hash } = hashedPart(word);
      const at = blockOf(hash, count);
      const block = known.get(at) ?? this.#read.get(at);
      if (block?.bits.length !== BYTES) {
        // Somebody else made this index.
        this.#makeAnew(1);
        return;
      }
      known.set(at, block);
      if (has(block.bits, hash)) continue;
      if (block.words >= WORDS_OF_A_BLOCK) {
        this.#makeAnew(count * 2);
        return;
      }
      add(block.bits, hash);
      block.words += 1;
      changed.set(at, block);
    }
    for (const [at, { words, bits }] of changed) this.#write.run(at, words, bits);
  }

  /** For what is in the posting lists, with at least so many blocks: one cannot be taken apart. */
  #makeAnew(least: number): void {
    const hashes: number[] = [];
    for (const term of this.#terms.iterate()) if (isWord(term)) hashes.push(hashedPart(term).hash);
    let count = least;
    while (hashes.length >= count * WORDS_OF_A_BLOCK) count *= 2;
    if (count > MAX_BLOCKS) throw new RangeError(`${hashes.length} words are too many for the index`);
    const blocks = Array.from({ length: count }, (): Block => ({ bits: new Uint8Array(BYTES), words: 0 }));
    for (const hash of hashes) {
      const block = blocks[blockOf(hash, count)] as Block;
      add(block.bits, hash);
      block.words += 1;
    }
    this.#clear.run();
    for (const [at, { words, bits }] of blocks.entries()) this.#write.run(at, words, bits);
  }
}
