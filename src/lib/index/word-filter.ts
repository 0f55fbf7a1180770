/**
 * Which words any package holds, as a Bloom filter: hundreds of spellings are tried for a mistyped word, and nearly all
 * of them are in no package. It never denies a word that is there, and says of about one in a hundred others that it may
 * be. docs/schema.md has the format.
 */
import type Database from 'better-sqlite3';
import { damagedIndex } from './damaged.ts';
import { isWord } from './terms.ts';
import { hashedPart, mixed } from './word-hash.ts';

/** In a row of the table: two rows fill a page. */
const BYTES = 2_000;
const BITS = BYTES * 8;
/** Bits that a word sets in its block. */
const BITS_OF_A_WORD = 5;
/** Words for each block, on average: from which on the filter is made anew, and then at the most. */
const FULL = 1_200;
const ROOMY = 800;
/** For some eight million words. */
const MAX_BLOCKS = 2 ** 13;

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

/** The bits of a row, or null: what somebody else made is not read before its length is known. */
const SOUND_BITS = `iif(length(bits) = ${BYTES}, bits, NULL)`;

function readBlocks(db: Database.Database): Blocks {
  const rows = db
    .prepare<[], [number, Buffer | null]>(
      `SELECT block, ${SOUND_BITS} FROM word_filter ORDER BY block LIMIT ${MAX_BLOCKS + 1}`,
    )
    .raw()
    .all();
  const blocks = rows.flatMap(([block, bits], at) => (block === at && bits !== null ? [bits] : []));
  if (blocks.length !== rows.length || rows.length > MAX_BLOCKS) {
    throw damagedIndex('What the index knows of typing mistakes is damaged.');
  }
  return blocks;
}

interface Block {
  readonly bits: Uint8Array;
  /** Those that changed it. */
  words: number;
}

/** Adds words, in the caller's transaction. A word that no package holds any more stays until the filter is made anew. */
export class WordFilterWriter {
  readonly #count: Database.Statement<[], number>;
  readonly #words: Database.Statement<[], number>;
  readonly #read: Database.Statement<[number], { readonly bits: Buffer | null; readonly words: number }>;
  readonly #write: Database.Statement<[number, number, Uint8Array]>;
  readonly #clear: Database.Statement<[]>;
  readonly #terms: Database.Statement<[], string>;

  constructor(db: Database.Database) {
    this.#count = db.prepare<[], number>('SELECT coalesce(max(block) + 1, 0) FROM word_filter').pluck();
    this.#words = db.prepare<[], number>('SELECT total(words) FROM word_filter').pluck();
    this.#read = db.prepare(`SELECT ${SOUND_BITS} AS bits, words FROM word_filter WHERE block = ?`);
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
    let more = 0;
    for (const word of words) {
      const { hash } = hashedPart(word);
      const at = blockOf(hash, count);
      const block = known.get(at) ?? this.#block(at);
      // There is none yet, or somebody else made this index.
      if (block === undefined) {
        this.#makeAnew();
        return;
      }
      known.set(at, block);
      if (has(block.bits, hash)) continue;
      add(block.bits, hash);
      block.words += 1;
      more += 1;
      changed.set(at, block);
    }
    if (more === 0) return;
    // By all words and not those of a block: whoever finds words for one block makes only that one useless.
    const isFull = (this.#words.get() as number) + more > count * FULL;
    if (isFull && count < MAX_BLOCKS) this.#makeAnew();
    else for (const [at, { words: inBlock, bits }] of changed) this.#write.run(at, inBlock, bits);
  }

  #block(at: number): Block | undefined {
    if (!(at < MAX_BLOCKS)) return undefined;
    const row = this.#read.get(at);
    return row === undefined || row.bits === null ? undefined : { bits: row.bits, words: row.words };
  }

  /** For what is in the posting lists: a block cannot be taken apart. */
  #makeAnew(): void {
    const hashes: number[] = [];
    for (const term of this.#terms.iterate()) if (isWord(term)) hashes.push(hashedPart(term).hash);
    let count = 1;
    while (hashes.length > count * ROOMY && count < MAX_BLOCKS) count *= 2;
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
