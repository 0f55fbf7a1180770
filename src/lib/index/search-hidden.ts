/** The packages of an index that a search of several does not see: a name belongs to the first index that has it. */
import type Database from 'better-sqlite3';
import { addPlaces, type Bits, countBits, type Places } from './places.ts';
import type { Postings } from './postings.ts';
import { EVERYTHING } from './terms.ts';
import type { WordFilter } from './word-filter.ts';

/**
 * The ranks of the packages whose names an earlier index has, revoked ones too. The names of the smaller index are looked
 * up in the larger one.
 */
export function hiddenRanks(db: Database.Database, earlier: Database.Database): readonly number[] {
  if (ranksIn(earlier) <= ranksIn(db)) {
    const names = earlier.prepare<[], string>('SELECT name FROM packages').pluck().all();
    return db
      .prepare<[string], number>(
        'SELECT packages.rank FROM json_each(?) JOIN packages ON packages.name = json_each.value',
      )
      .pluck()
      .all(JSON.stringify(names));
  }
  const own = db.prepare<[], [string, number]>('SELECT name, rank FROM packages').raw().all();
  const ranks = new Map(own);
  return earlier
    .prepare<[string], string>(
      'SELECT packages.name FROM json_each(?) JOIN packages ON packages.name = json_each.value',
    )
    .pluck()
    .all(JSON.stringify([...ranks.keys()]))
    .map((name) => ranks.get(name) as number);
}

/** About how many packages there are: what is looked up at once. */
function ranksIn(db: Database.Database): number {
  return db.prepare<[], number>('SELECT coalesce(max(rank), 0) FROM packages').pluck().get() as number;
}

/** The lists of an index, without some packages. */
export class HidingPostings implements Postings {
  readonly #postings: Postings;
  readonly #hidden: Bits;

  /** @param ranks of the packages that are left out */
  constructor(postings: Postings, ranks: Iterable<number>) {
    this.#postings = postings;
    this.#hidden = postings.nowhere().any.slice();
    for (const rank of ranks) {
      const at = rank >>> 5;
      this.#hidden[at] = (this.#hidden[at] as number) | (1 << (rank & 31));
    }
  }

  count(term: string): number {
    return countBits(this.places(term).any);
  }

  countAll(): number {
    return this.count(EVERYTHING);
  }

  wordFilter(): WordFilter {
    return this.#postings.wordFilter();
  }

  nowhere(): Places {
    return this.#postings.nowhere();
  }

  places(term: string): Places {
    const places = this.nowhere();
    this.add(places, term);
    return places;
  }

  add(places: Places, term: string): void {
    this.#postings.add(places, term);
    this.#hide(places);
  }

  placesOfBeginning(prefix: string): Places {
    const places = this.nowhere();
    addPlaces(places, this.#postings.placesOfBeginning(prefix));
    this.#hide(places);
    return places;
  }

  #hide({ named, text, any }: Places): void {
    const hidden = this.#hidden;
    for (let i = 0; i < hidden.length; i += 1) {
      const visible = ~(hidden[i] as number);
      if (visible === -1) continue;
      named[i] = (named[i] as number) & visible;
      text[i] = (text[i] as number) & visible;
      any[i] = (any[i] as number) & visible;
    }
  }
}
