/**
 * One search over several indexes: the packages of all of them, ranked as if they were in one. docs/search.md describes
 * the rules. What the formula counts (how many packages hold a word, or meet a tier's condition) is counted over all
 * of them; a name that several have is the first index's, and the others' packages of that name are as if not there.
 */
import type Database from 'better-sqlite3';
import type { Bundle, BundlePage, SearchQuery } from './bundle-types.ts';
import { addBits, type Bits, countBits } from './places.ts';
import type { Postings, WordCounts } from './postings.ts';
import { compareContent, hasPackage, type Sameness } from './same-content.ts';
import { bundlesOf } from './search.ts';
import { filterOf } from './search-filter.ts';
import { HidingPostings, hiddenRanks } from './search-hidden.ts';
import { QueryLists } from './search-lists.ts';
import type { Named } from './search-named.ts';
import type { Reading } from './search-query.ts';
import { chooseReadings, type FoundReading } from './search-readings.ts';
import { COMPARE, type ColumnSort, ranksInOrder, type SortedRow } from './search-sort.ts';
import { type SearchStatements, searchStatements } from './search-statements.ts';
import { MAX_SCORED, NOBODY, scoredHits, type TierName, tiersOf, WORD_TIERS } from './search-tiers.ts';
import { EVERYTHING } from './terms.ts';

export interface SearchedIndex {
  /** What its registry is called. */
  readonly name: string;
  readonly db: Database.Database;
}

/** A hit, with the registry that its name means, and the others that have the name too. */
export type OriginBundle = Bundle & {
  readonly registry: string;
  readonly also_in: readonly { readonly registry: string; readonly content: Sameness }[];
};

export type OriginPage = Omit<BundlePage, 'bundles'> & { readonly bundles: readonly OriginBundle[] };

/** @param indexes in the order in which names are looked up */
export function searchIndexes(indexes: readonly SearchedIndex[], query: SearchQuery): OriginPage {
  const isAlone = indexes.every(({ db }) => !db.inTransaction);
  return inOneTransaction(
    indexes.map(({ db }) => db),
    () => {
      for (const { db } of indexes) searchStatements(db).kept.refresh(isAlone);
      const parts = indexes.map((index, at) => partOf(index, indexes.slice(0, at)));
      const { q = '', limit, offset } = query;
      const { hits, total } = q.trim() === '' ? list(parts, query) : find(parts, query, q);
      const bundles = originBundles(parts, hits.slice(offset));
      const pagination = { limit, offset, has_more: offset + bundles.length < total };
      return { bundles, total, pagination };
    },
  );
}

/** Each statement sees its index as it was when the search began, while other processes write. */
function inOneTransaction<T>([db, ...others]: readonly Database.Database[], work: () => T): T {
  return db === undefined ? work() : db.transaction(() => inOneTransaction(others, work))();
}

/** An index as a part of what is searched. */
interface Part extends SearchedIndex {
  readonly statements: SearchStatements;
  /** Packages whose names an earlier index has. */
  readonly hidden: ReadonlySet<number>;
  /** Without these. */
  readonly postings: Postings;
}

function partOf(index: SearchedIndex, earlier: readonly SearchedIndex[]): Part {
  const statements = searchStatements(index.db);
  const ranks = new Set(earlier.flatMap(({ db }) => hiddenRanks(index.db, db)));
  const postings = ranks.size === 0 ? statements.postings : new HidingPostings(statements.postings, ranks);
  return { ...index, statements, hidden: ranks, postings };
}

interface PartHit {
  readonly part: Part;
  readonly rank: number;
}

/** The hits up to the end of the page. */
interface Hits {
  readonly hits: readonly PartHit[];
  readonly total: number;
}

interface Matching {
  readonly part: Part;
  readonly bits: Bits;
}

function list(parts: readonly Part[], query: SearchQuery): Hits {
  const matching = parts.map((part) => {
    const { any } = part.postings.places(EVERYTHING);
    return { part, bits: passingOf(part, query, any) ?? any };
  });
  const { sort } = query;
  return byColumn(matching, sort === undefined || sort === 'relevance' ? 'downloads' : sort, query);
}

/** Undefined when everything passes. */
function passingOf({ statements }: Part, query: SearchQuery, bits: Bits): Bits | undefined {
  return filterOf(statements, query)?.(bits);
}

function find(parts: readonly Part[], query: SearchQuery, text: string): Hits {
  const lists = parts.map(({ postings }) => new QueryLists(postings));
  const { readings } = chooseReadings(
    countsOf(parts),
    (terms) => lists.some((list) => list.hasAny(terms)),
    text,
  );
  if (readings.length === 0) return { hits: [], total: 0 };
  const found = parts.map((part, at) => {
    const some = readings.map((reading) => ({
      reading,
      matches: (lists[at] as QueryLists).reading(reading),
    }));
    const matching = part.postings.nowhere().any.slice();
    for (const { matches } of some) addBits(matching, matches.begun.any);
    const passing = passingOf(part, query, matching);
    return { part, found: some, passing, bits: passing ?? matching };
  });
  const { sort, limit, offset } = query;
  if (sort !== undefined && sort !== 'relevance') return byColumn(found, sort, query);
  const total = totalOf(found);
  return { hits: offset >= total ? [] : ranked(found, readings, offset + limit), total };
}

function totalOf(matching: readonly Matching[]): number {
  return matching.reduce((sum, { bits }) => sum + countBits(bits), 0);
}

function byColumn(matching: readonly Matching[], sort: ColumnSort, { limit, offset }: SearchQuery): Hits {
  const most = offset + limit;
  const queues = matching.map(({ part, bits }) => {
    const ranks = ranksInOrder(part.statements, { bits, count: countBits(bits) }, sort, most);
    return new Queue(
      part,
      ranks.map((rank) => ({ rank, score: undefined })),
    );
  });
  const hits: PartHit[] = [];
  mergeInto(hits, queues, most, (a, b) => COMPARE[sort](a.row, b.row));
  return { hits, total: totalOf(matching) };
}

/** Counts over all indexes. */
function countsOf(parts: readonly Part[]): WordCounts {
  return {
    count: (term) => parts.reduce((sum, { postings }) => sum + postings.count(term), 0),
    countAll: () => parts.reduce((sum, { postings }) => sum + postings.countAll(), 0),
    wordFilter: () => {
      const filters = parts.map(({ postings }) => postings.wordFilter());
      return (hash) => filters.some((mayBeThere) => mayBeThere(hash));
    },
  };
}

interface FoundPart {
  readonly part: Part;
  readonly found: readonly FoundReading[];
  readonly passing: Bits | undefined;
}

/** As `rankedHits` of one index, tier by tier; where that goes by rank, this goes by what ranks are made of. */
function ranked(parts: readonly FoundPart[], readings: readonly Reading[], count: number): PartHit[] {
  const hits: PartHit[] = [];
  const seen = parts.map(() => new Set<number>());
  for (const [at, reading] of readings.entries()) {
    const named = namedIn(parts, at, reading);
    const tiers = parts.map(({ part, found, passing }, i) =>
      tiersOf(part.statements, found[at] as FoundReading, passing, count, named[i]),
    );
    const add = (tier: TierName, isScored: boolean, ranks: readonly (readonly number[])[]) => {
      const queues = parts.map(({ part }, i) => {
        const known = seen[i] as Set<number>;
        const fresh = (ranks[i] as readonly number[]).filter((rank) => !known.has(rank));
        for (const rank of fresh) known.add(rank);
        return new Queue(
          part,
          isScored
            ? scoredHits(part.statements, tier, fresh)
            : fresh.map((rank) => ({ rank, score: undefined })),
        );
      });
      mergeInto(hits, queues, count, byScore);
    };
    for (const [position, tier] of (['name', 'name-start'] as const).entries())
      add(
        tier,
        true,
        tiers.map((each) => each.named[position]?.[1] ?? []),
      );
    for (const [position, tier] of WORD_TIERS.entries()) {
      if (hits.length === count) return hits;
      const met = tiers.reduce((sum, each) => sum + (each.met[position] as number), 0);
      add(
        tier,
        met <= MAX_SCORED,
        tiers.map((each) => each.words[position] as readonly number[]),
      );
    }
  }
  return hits;
}

/** Those that are called as typed, of each index; of none when they are too many together. */
function namedIn(parts: readonly FoundPart[], at: number, reading: Reading): readonly Named[] {
  const none = parts.map(() => NOBODY);
  let count = 0;
  const named: Named[] = [];
  for (const { part, found } of parts) {
    const { statements, hidden } = part;
    const { matches } = found[at] as FoundReading;
    const all = statements.named(reading, matches, MAX_SCORED + hidden.size);
    if (all === undefined) return none;
    const visible = (ranks: readonly number[]) => ranks.filter((rank) => !hidden.has(rank));
    const those = { whole: visible(all.whole), begun: visible(all.begun) };
    count += those.whole.length + those.begun.length;
    if (count > MAX_SCORED) return none;
    named.push(those);
  }
  return named;
}

interface Head {
  readonly rank: number;
  readonly score: number | undefined;
  readonly row: SortedRow;
}

/** Hits of one index in its own order; of each, what it is compared by is read when it comes first. */
class Queue {
  readonly part: Part;
  readonly #hits: readonly Omit<Head, 'row'>[];
  #at = 0;
  #head: Head | undefined;

  constructor(part: Part, hits: readonly Omit<Head, 'row'>[]) {
    this.part = part;
    this.#hits = hits;
  }

  head(): Head | undefined {
    while (this.#head === undefined && this.#at < this.#hits.length) {
      const hit = this.#hits[this.#at] as Omit<Head, 'row'>;
      const row = this.part.statements.sortedRow.get(hit.rank);
      if (row === undefined) this.#at += 1;
      else this.#head = { ...hit, row };
    }
    return this.#head;
  }

  take(): void {
    this.#head = undefined;
    this.#at += 1;
  }
}

/** Appends the best of the first in each queue, again and again. No index's own order is changed. */
function mergeInto(
  hits: PartHit[],
  queues: readonly Queue[],
  count: number,
  compare: (a: Head, b: Head) => number,
): void {
  while (hits.length < count) {
    let best: { queue: Queue; head: Head } | undefined;
    for (const queue of queues) {
      const head = queue.head();
      if (head !== undefined && (best === undefined || compare(head, best.head) < 0)) best = { queue, head };
    }
    if (best === undefined) return;
    hits.push({ part: best.queue.part, rank: best.head.rank });
    best.queue.take();
  }
}

/** Ranks of two indexes say nothing of one another: downloads and name do, which they are made of. */
function byScore(a: Head, b: Head): number {
  return (b.score ?? 0) - (a.score ?? 0) || COMPARE.downloads(a.row, b.row);
}

function originBundles(parts: readonly Part[], hits: readonly PartHit[]): OriginBundle[] {
  const read = new Map(
    parts.map((part) => {
      const ranks = hits.filter((hit) => hit.part === part).map(({ rank }) => rank);
      return [part, bundlesOf(part.statements, ranks)[Symbol.iterator]()];
    }),
  );
  return hits.flatMap(({ part }) => {
    const bundle = read.get(part)?.next().value;
    return bundle === undefined ? [] : [withOrigin(parts, part, bundle)];
  });
}

function withOrigin(parts: readonly Part[], part: Part, bundle: Bundle): OriginBundle {
  const later = parts.slice(parts.indexOf(part) + 1).filter(({ db }) => hasPackage(db, bundle.name));
  const also_in = later.map(({ name, db }) => ({
    registry: name,
    content: compareContent(part.db, db, bundle.name),
  }));
  return { ...bundle, registry: part.name, also_in };
}
