/**
 * What packages are filtered by: type of the server, certification level, platforms. Three bytes a package, by rank, so
 * that filters look at no rows. docs/schema.md has the format.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import {
  ARCHITECTURES,
  OPERATING_SYSTEMS,
  OTHER_TYPES,
  SERVER_TYPES,
  type SearchQuery,
} from './bundle-types.ts';
import { type Bits, MAX_RANK } from './places.ts';

/** Packages in a row of the table: a row is less than a page. */
const RANKS = 1024;
const SIZE = 3;

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
}

export class FacetsWriter {
  readonly #facts: Database.Statement<[number], FacetRow>;
  readonly #platforms: Database.Statement<[number], [string, string]>;
  readonly #read: Database.Statement<[number], Buffer>;
  readonly #write: Database.Statement<[number, Buffer]>;

  constructor(db: Database.Database) {
    this.#facts = db.prepare(
      'SELECT rank, server_type, certification_level, latest_id FROM packages WHERE id = ?',
    );
    this.#platforms = db
      .prepare<[number], [string, string]>('SELECT os, arch FROM artifacts WHERE version_id = ?')
      .raw();
    this.#read = db.prepare<[number], Buffer>('SELECT bytes FROM facets WHERE block = ?').pluck();
    this.#write = db.prepare('REPLACE INTO facets (block, bytes) VALUES (?, ?)');
  }

  /** Takes the facets of packages from their rows. */
  write(ids: Iterable<number>): void {
    const blocks = new Map<number, Buffer>();
    for (const id of ids) {
      const facts = this.#facts.get(id);
      if (facts === undefined) continue;
      const block = Math.floor(facts.rank / RANKS);
      let bytes = blocks.get(block);
      if (bytes === undefined) {
        bytes = Buffer.alloc(RANKS * SIZE);
        this.#read.get(block)?.copy(bytes);
        blocks.set(block, bytes);
      }
      const [kind, platforms] = this.#facetsOf(facts);
      bytes[(facts.rank % RANKS) * SIZE] = kind;
      bytes.writeUInt16LE(platforms, (facts.rank % RANKS) * SIZE + 1);
    }
    for (const [block, bytes] of blocks) this.#write.run(block, bytes);
  }

  #facetsOf({ latest_id, server_type, certification_level }: FacetRow): [kind: number, platforms: number] {
    if (latest_id === null) return [0, 0];
    const type = positionIn(TYPES, server_type) + 1;
    let platforms = 0;
    for (const [os, arch] of this.#platforms.all(latest_id)) {
      const system = positionIn(OPERATING_SYSTEMS, os);
      const architecture = positionIn(ARCHITECTURES, arch);
      platforms |= platformBit(system, architecture);
    }
    return [kindOf(type, certification_level === null ? 0 : certification_level + 1), platforms];
  }
}

const positionIn = (names: readonly string[], name: string | null): number => names.indexOf(name ?? '');

/** The facets of all packages, by rank: as many as the table holds. */
export type Facets = Buffer;

/** Returns a function that reads them. @throws MpakError INDEX_UNREADABLE when a row is of ranks that none can have */
export function facetsReader(db: Database.Database): () => Facets {
  const read = db.prepare<[], [number, Buffer]>('SELECT block, bytes FROM facets ORDER BY block').raw();
  return () => {
    const rows = read.all();
    const [first, last] = [rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? -1];
    if (first < 0 || last >= MAX_RANK / RANKS) throw damaged();
    const facets = Buffer.alloc((last + 1) * RANKS * SIZE);
    for (const [block, bytes] of rows) bytes.copy(facets, block * RANKS * SIZE, 0, RANKS * SIZE);
    return facets;
  };
}

function damaged(): MpakError {
  return new MpakError('INDEX_UNREADABLE', 'What the index filters by is damaged.', {
    hint: 'Run `mpak sync --full` to fetch the index again.',
  });
}

/** The bytes of a package in hexadecimal, to compare them. What is behind the last row is nothing, as zeros in it are. */
export function facetsOfRank(facets: Facets, rank: number): string {
  return facets.toString('hex', rank * SIZE, (rank + 1) * SIZE).padEnd(2 * SIZE, '0');
}

export type FacetFilter = Pick<SearchQuery, 'type' | 'certified' | 'os' | 'arch'> & {
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
      let left = 0;
      for (let bit = 0; bit < 32; bit += 1) {
        const at = (i * 32 + bit) * SIZE;
        if (at >= facets.length) break;
        const runs = ((facets[at + 1] as number) | ((facets[at + 2] as number) << 8)) & platforms;
        left |= (runs === 0 && !anywhere ? 0 : (kinds[facets[at] as number] as number)) << bit;
      }
      bits[i] = word & left;
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
