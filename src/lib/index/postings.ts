/** Which packages hold a term (terms.ts), as a search reads it: both parts of its posting list (postings-writer.ts). */
import type Database from 'better-sqlite3';
import { damagedIndex } from './damaged.ts';
import type { Kept } from './kept.ts';
import { readListed } from './meta.ts';
import { MAX_RANK, type Places } from './places.ts';
import { PlacesPool } from './places-pool.ts';
import { addBlock } from './posting-blocks.ts';
import { readWordFilter, type WordFilter } from './word-filter.ts';

/** Behind every word that begins with another: no text has a higher character. */
const LAST_CHARACTER = '\u{10ffff}';

type StoredBlock = [first: number, bytes: Uint8Array, count: number];

/** A list as it is stored. */
interface StoredList {
  readonly blocks: readonly StoredBlock[];
  /** Packages that hold the term. */
  readonly count: number;
}

interface UnpackedList {
  readonly places: Places;
  readonly count: number;
}

function listOf(blocks: readonly StoredBlock[]): StoredList {
  return { blocks, count: blocks.reduce((sum, [, , count]) => sum + count, 0) };
}

/** Lists of more blocks are unpacked once for many searches: of words such as `server`, which every other query has. */
const LONG = 8;
/** Of all unpacked lists together. */
const KEPT_BYTES = 8 * 1024 ** 2;

/** The lists of an index, as a search reads them. */
export type Postings = Pick<PostingsReader, keyof PostingsReader>;

/** How many packages hold words: of one index, or of several together. */
export type WordCounts = Pick<PostingsReader, 'count' | 'countAll' | 'wordFilter'>;

export class PostingsReader {
  readonly #db: Database.Database;
  readonly #kept: Kept;
  readonly #list: Database.Statement<[string], StoredBlock>;
  readonly #pool = new PlacesPool();
  #range: Database.Statement<[string, string], StoredBlock> | undefined;

  constructor(db: Database.Database, kept: Kept) {
    this.#db = db;
    this.#kept = kept;
    this.#list = db
      .prepare<[string], StoredBlock>(
        'SELECT first, block, count FROM postings WHERE recent IN (0, 1) AND term = ?',
      )
      .raw();
  }

  /** How many packages hold a term. */
  count(term: string): number {
    return (this.#unpacked().get(term) ?? this.#read(term)).count;
  }

  /** How many packages there are. */
  countAll(): number {
    return this.#kept.get('packages', () => readListed(this.#db));
  }

  /** Says whether any package may hold a word, by its hash (word-hash.ts). */
  wordFilter(): WordFilter {
    return this.#kept.get('words', () => readWordFilter(this.#db));
  }

  /** Room for all packages: for this search alone. */
  nowhere(): Places {
    const last = this.#kept.get('last rank', () =>
      this.#db.prepare<[], number>('SELECT coalesce(max(rank), 0) FROM packages').pluck().get(),
    ) as number;
    if (last < 0) throw damagedIndex('The ranks of the index are damaged.');
    this.#kept.getForThisSearch('reclaimed', () => this.#pool.reclaim());
    return this.#pool.take(Math.min(MAX_RANK, last + 1));
  }

  /** The packages that hold a term; they may be another search's too, and are not to be changed. */
  places(term: string): Places {
    return this.#known(term, () => this.#read(term));
  }

  /** The packages that hold any word which begins so; not to be changed either. */
  placesOfBeginning(prefix: string): Places {
    this.#range ??= this.#db
      .prepare<[string, string], StoredBlock>(
        'SELECT first, block, count FROM postings WHERE recent IN (0, 1) AND term >= ? AND term < ?',
      )
      .raw();
    const range = this.#range;
    // No word ends like this.
    return this.#known(`${prefix}*`, () => listOf(range.all(prefix, prefix + LAST_CHARACTER)));
  }

  /** Adds the packages that hold a term. */
  add(places: Places, term: string): void {
    for (const [first, bytes] of this.#read(term).blocks) addBlock(places, first, bytes);
  }

  /** A list, unpacked now or for an earlier search. */
  #known(name: string, read: () => StoredList): Places {
    const unpacked = this.#unpacked();
    const known = unpacked.get(name);
    if (known !== undefined) return known.places;
    const places = this.nowhere();
    const { blocks, count } = read();
    for (const [first, bytes] of blocks) addBlock(places, first, bytes);
    if (blocks.length > LONG) {
      const most = KEPT_BYTES / (3 * places.any.byteLength);
      for (const oldest of unpacked.keys()) if (unpacked.size >= most) unpacked.delete(oldest);
      unpacked.set(name, { places, count });
      this.#pool.leave(places);
    }
    return places;
  }

  #unpacked(): Map<string, UnpackedList> {
    return this.#kept.get('unpacked', () => new Map());
  }

  /** Once for a search: how long it is decides what is read next. */
  #read(term: string): StoredList {
    const lists = this.#kept.getForThisSearch('lists', () => new Map<string, StoredList>());
    let list = lists.get(term);
    if (list === undefined) {
      list = listOf(this.#list.all(term));
      lists.set(term, list);
    }
    return list;
  }
}
