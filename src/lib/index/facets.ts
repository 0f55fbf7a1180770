/**
 * What packages are filtered and scored by: type of the server, certification level, platforms; how popular they are, and
 * how many words they have. A few bytes a package, by rank, so that neither looks at rows. docs/schema.md has the format.
 */
import type Database from 'better-sqlite3';
import {
  ARCHITECTURES,
  OPERATING_SYSTEMS,
  OTHER_TYPES,
  SERVER_TYPES,
  type SearchQuery,
} from './bundle-types.ts';
import { damagedIndex } from './damaged.ts';
import { type Bits, MAX_RANK } from './places.ts';

/** Packages in a row of the table: two rows fill a page. */
const RANKS = 256;
const SIZE = 7;

/** The bytes of a row, or none: what somebody else made is not read before its length is known. */
const SOUND_BYTES = `iif(length(bytes) = ${RANKS * SIZE}, bytes, x'')`;

/** Where the numbers of a package begin among its bytes. */
const PLATFORMS = 1;
const NAME_WORDS = 3;
const TEXT_WORDS = 4;
const POPULARITY = 5;
/** More words than that are not told apart. */
const MAX_WORDS = 255;

/** In hundredths: downloads count in powers of ten. */
export function popularityOf(downloads: number): number {
  return Math.round(100 * (1 + Math.log10(1 + Math.max(0, downloads))));
}

/** In the order of the first byte. */
const TYPES: readonly string[] = [...SERVER_TYPES, ...OTHER_TYPES];

/** The first byte: the position of the type from 1 on, and 8 times the level and 1. Zero where there is none. */
const kindOf = (type: number, level: number): number => type + 8 * level;

/** The bit of a platform in the second and third byte. */
const platformBit = (os: number, arch: number): number => 1 << (os * ARCHITECTURES.length + arch);

interface FacetRow {
  readonly rank: number;
  readonly server_type: string | null;
  readonly certification_level: number | null;
  readonly latest_id: number | null;
  readonly downloads: number;
  readonly name_words: number;
  readonly text_words: number;
}

export class FacetsWriter {
  readonly #facts: Database.Statement<[number], FacetRow>;
  readonly #platforms: Database.Statement<[number], [string, string]>;
  readonly #read: Database.Statement<[number], Buffer>;
  readonly #write: Database.Statement<[number, Buffer]>;

  constructor(db: Database.Database) {
    this.#facts = db.prepare(
      `SELECT rank, server_type, certification_level, latest_id, downloads, name_words, text_words
       FROM packages WHERE id = ?`,
    );
    this.#platforms = db
      .prepare<[number], [string, string]>('SELECT os, arch FROM artifacts WHERE version_id = ?')
      .raw();
    this.#read = db.prepare<[number], Buffer>(`SELECT ${SOUND_BYTES} FROM facets WHERE block = ?`).pluck();
    this.#write = db.prepare('REPLACE INTO facets (block, bytes) VALUES (?, ?)');
  }

  /** Takes the facets of packages from their rows. */
  write(ids: Iterable<number>): void {
    const blocks = new Map<number, Buffer>();
    for (const id of ids) {
      const facts = this.#facts.get(id);
      if (facts === undefined) continue;
      if (facts.rank < 0 || facts.rank >= MAX_RANK) throw damaged();
      const block = Math.floor(facts.rank / RANKS);
      let bytes = blocks.get(block);
      if (bytes === undefined) {
        bytes = Buffer.alloc(RANKS * SIZE);
        this.#read.get(block)?.copy(bytes);
        blocks.set(block, bytes);
      }
      const at = (facts.rank % RANKS) * SIZE;
      if (facts.latest_id === null) {
        bytes.fill(0, at, at + SIZE);
        continue;
      }
      const [kind, platforms] = this.#filtered(facts.latest_id, facts);
      bytes[at] = kind;
      bytes.writeUInt16LE(platforms, at + PLATFORMS);
      bytes[at + NAME_WORDS] = Math.min(facts.name_words, MAX_WORDS);
      bytes[at + TEXT_WORDS] = Math.min(facts.text_words, MAX_WORDS);
      bytes.writeUInt16LE(popularityOf(facts.downloads), at + POPULARITY);
    }
    for (const [block, bytes] of blocks) this.#write.run(block, bytes);
  }

  #filtered(
    latestId: number,
    { server_type, certification_level }: FacetRow,
  ): [kind: number, platforms: number] {
    const type = positionIn(TYPES, server_type) + 1;
    let platforms = 0;
    for (const [os, arch] of this.#platforms.all(latestId)) {
      const system = positionIn(OPERATING_SYSTEMS, os);
      const architecture = positionIn(ARCHITECTURES, arch);
      platforms |= platformBit(system, architecture);
    }
    return [kindOf(type, certification_level === null ? 0 : certification_level + 1), platforms];
  }
}

const positionIn = (names: readonly string[], name: string | null): number => names.indexOf(name ?? '');

/** The bytes of all packages, by rank; a row is read when something of it is asked for. */
export class Facets {
  readonly #db: Database.Database;
  #one: Database.Statement<[number], Buffer> | undefined;
  #many: Database.Statement<[string], [number, Buffer]> | undefined;
  readonly #rows: (Buffer | undefined)[] = [];

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** Reads the rows of many ranks at once: each call of SQLite has its price. */
  read(ranks: readonly number[]): void {
    const missing = new Set<number>();
    for (const rank of ranks) {
      const block = Math.floor(rank / RANKS);
      if (this.#rows[block] === undefined) missing.add(block);
    }
    if (missing.size < 2) return;
    this.#many ??= this.#db
      .prepare<[string], [number, Buffer]>(
        `SELECT block, ${SOUND_BYTES} FROM json_each(?) JOIN facets ON block = json_each.value`,
      )
      .raw();
    for (const [block, bytes] of this.#many.all(JSON.stringify([...missing]))) this.#rows[block] = bytes;
  }

  /** The row that a rank is in; zeros where there is none. @throws MpakError INDEX_UNREADABLE */
  rowOf(rank: number): Buffer {
    const block = Math.floor(rank / RANKS);
    let row = this.#rows[block];
    if (row === undefined) {
      this.#one ??= this.#db
        .prepare<[number], Buffer>(`SELECT ${SOUND_BYTES} FROM facets WHERE block = ?`)
        .pluck();
      row = this.#one.get(block) ?? NO_FACETS;
      this.#rows[block] = row;
    }
    if (row.length !== RANKS * SIZE) throw damaged();
    return row;
  }

  /** In hundredths. */
  popularity(rank: number): number {
    const row = this.rowOf(rank);
    const at = (rank % RANKS) * SIZE + POPULARITY;
    return (row[at] as number) | ((row[at + 1] as number) << 8);
  }

  /** At most 255, as the other one. */
  nameWords(rank: number): number {
    return this.rowOf(rank)[(rank % RANKS) * SIZE + NAME_WORDS] as number;
  }

  textWords(rank: number): number {
    return this.rowOf(rank)[(rank % RANKS) * SIZE + TEXT_WORDS] as number;
  }

  /** Of a package, what comes from the log, in hexadecimal. */
  logged(rank: number): string {
    const at = (rank % RANKS) * SIZE;
    return this.rowOf(rank).toString('hex', at, at + POPULARITY);
  }
}

const NO_FACETS = Buffer.alloc(RANKS * SIZE);

const damaged = () => damagedIndex('What the index filters by is damaged.');

type Asked = Pick<SearchQuery, 'type' | 'certified' | 'os' | 'arch'>;

export type FacetFilter = { readonly [K in keyof Asked]: Asked[K] | undefined } & {
  /** Leaves out what is no bundle. */
  readonly bundlesOnly?: boolean;
};

/**
 * Returns a function that leaves of packages those that pass a filter, in place; undefined when nothing is asked for.
 */
export function facetFilter(
  { type, certified, os, arch, bundlesOnly = false }: FacetFilter,
  read: () => Facets,
): ((bits: Bits) => void) | undefined {
  const anywhere = os === undefined && arch === undefined;
  if (type === undefined && certified === undefined && anywhere && !bundlesOnly) return undefined;
  const kinds = Uint8Array.from({ length: 256 }, (_, kind) =>
    (type === undefined || (kind & 7) === SERVER_TYPES.indexOf(type) + 1) &&
    (certified === undefined || kind >> 3 > certified) &&
    (!bundlesOnly || (kind & 7) <= SERVER_TYPES.length)
      ? 1
      : 0,
  );
  const platforms = platformsFor(os, arch);
  const facets = read();
  return (bits) => {
    for (let i = 0; i < bits.length; i += 1) {
      const word = bits[i] as number;
      if (word === 0) continue;
      const row = facets.rowOf(i * 32);
      const first = ((i * 32) % RANKS) * SIZE;
      let left = 0;
      for (let rest = word; rest !== 0; rest &= rest - 1) {
        const bit = 31 - Math.clz32(rest & -rest);
        const at = first + bit * SIZE;
        const runs =
          ((row[at + PLATFORMS] as number) | ((row[at + PLATFORMS + 1] as number) << 8)) & platforms;
        left |= (runs === 0 && !anywhere ? 0 : (kinds[row[at] as number] as number)) << bit;
      }
      bits[i] = left;
    }
  };
}

/** The bits of the platforms that will do for one that is asked for. */
function platformsFor(os: string | undefined, arch: string | undefined): number {
  let platforms = 0;
  for (const [system, systemName] of OPERATING_SYSTEMS.entries()) {
    for (const [architecture, architectureName] of ARCHITECTURES.entries()) {
      const runs =
        (os === undefined || systemName === os || systemName === 'any') &&
        (arch === undefined || architectureName === arch || architectureName === 'any');
      if (runs) platforms |= platformBit(system, architecture);
    }
  }
  return platforms;
}
