/** Packages whose name is what was typed, or begins so: found by their names, not by the words in them. */
import type Database from 'better-sqlite3';
import { firstNamed } from './places.ts';
import type { Matches } from './search-lists.ts';
import type { Reading } from './search-query.ts';

/** The part behind the slash, as the index packages_by_base has it. */
const BASE = "substr(name, instr(name, '/') + 1)";

/** Of the characters that names may have (lower-case letters, digits, hyphens) none is before this one, */
const BEFORE_ALL = '-';
/** and none behind this one. */
const AFTER_ALL = '{';

/** Names that are read for the price of a look into an index or two. */
const FEW = 24;

export interface Named {
  /** The words with hyphens between them are the name, without its scope or with it. Ranks. */
  readonly whole: readonly number[];
  /** A name begins with them; not those in `whole`. */
  readonly begun: readonly number[];
}

/**
 * Returns a function from a reading and what matches it to the packages that are called so.
 * @param max when more names are or begin so, it returns undefined: too many to tell one from another
 */
export function namedPackagesReader(
  db: Database.Database,
): (reading: Reading, matches: Matches, max: number) => Named | undefined {
  // Prepared when they are first used: most processes search once.
  let few: ReturnType<typeof fewReader> | undefined;
  let many: BeginningReader | undefined;
  return (reading, matches, max) => {
    // Whoever is called so has the words in its name.
    const candidates = firstNamed(matches.begun, FEW + 1);
    let read: BeginningReader;
    if (candidates.length <= FEW) {
      few ??= fewReader(db);
      read = few(candidates);
    } else {
      many ??= manyReader(db);
      read = many;
    }
    const whole = new Set<number>();
    const begun = new Set<number>();
    for (const beginning of beginningsOf(reading)) {
      for (const [rank, isWhole] of read(beginning, max + 1)) (isWhole === 1 ? whole : begun).add(rank);
      if (whole.union(begun).size > max) return undefined;
    }
    return { whole: [...whole], begun: [...begun].filter((rank) => !whole.has(rank)) };
  };
}

/** What a name may begin with, or be. */
interface Beginning {
  /** It is one of the part behind the slash. */
  readonly isBase: boolean;
  readonly text: string;
  /** What a longer name goes on with, at the least. */
  readonly next: string;
}

function* beginningsOf({ names }: Reading): Generator<Beginning> {
  for (const { words, open } of names) {
    if (!words.every((word) => /^[a-z0-9]+$/.test(word))) continue;
    const next = open ? '' : BEFORE_ALL;
    yield { isBase: true, text: words.join('-'), next };
    for (let scope = 1; scope < words.length; scope += 1) {
      const text = `@${words.slice(0, scope).join('-')}/${words.slice(scope).join('-')}`;
      yield { isBase: false, text, next };
    }
  }
}

/** The packages with a name that begins so, up to a number of them. */
type BeginningReader = (beginning: Beginning, most: number) => Iterable<[rank: number, isWhole: number]>;

/** Among a few packages, by looking at all of their names. */
function fewReader(db: Database.Database): (ranks: readonly number[]) => BeginningReader {
  const read = db
    .prepare<[string], [rank: number, name: string]>(
      `SELECT packages.rank, name FROM json_each(?) JOIN packages ON packages.rank = json_each.value
       WHERE latest_id IS NOT NULL`,
    )
    .raw();
  return (ranks) => {
    const names = ranks.length === 0 ? [] : read.all(JSON.stringify(ranks));
    return ({ isBase, text, next }) =>
      names.flatMap(([rank, name]) => {
        const part = isBase ? name.slice(name.indexOf('/') + 1) : name;
        if (part === text) return [[rank, 1]];
        return part.startsWith(text + next) ? [[rank, 0]] : [];
      });
  };
}

/** Among all packages, in the indexes of names. */
function manyReader(db: Database.Database): BeginningReader {
  const byBase = rangeReader(db, BASE, 'recent IN (0, 1) AND');
  const byName = rangeReader(db, 'name');
  // What goes on behind a whole word comes right after it, before all others.
  return ({ isBase, text, next }, most) =>
    (isBase ? byBase : byName).all({ from: text, to: `${text}${next}${AFTER_ALL}`, most });
}

function rangeReader(db: Database.Database, column: string, and = '') {
  return db
    .prepare<[{ from: string; to: string; most: number }], [rank: number, isWhole: number]>(
      `SELECT rank, ${column} = @from FROM packages
       WHERE ${and} ${column} BETWEEN @from AND @to AND latest_id IS NOT NULL LIMIT @most`,
    )
    .raw();
}
