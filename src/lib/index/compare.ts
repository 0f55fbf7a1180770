/**
 * Compares two indexes row by row, and the schema of a file with ours. Both are for trust: `mpak sync --verify` replays
 * the log and compares what came out with the index on disk, and a downloaded snapshot may hold our schema and nothing
 * else before a query of ours runs in it.
 *
 * Rows are matched by what names them in the log, never by id or rank, which differ with the order and the batches in
 * which entries were applied. Two ordered cursors run in step, so memory does not grow with the rows. docs/schema.md
 * says what is compared and what is not.
 */
import type Database from 'better-sqlite3';
import { Facets, popularityOf } from './facets.ts';
import { Kept } from './kept.ts';
import { openMemoryIndex } from './open.ts';
import { decodeBlock } from './posting-blocks.ts';
import { PostingsReader } from './postings.ts';
import { EVERYTHING, isWord } from './terms.ts';
import { readWordFilter } from './word-filter.ts';
import { hashedPart } from './word-hash.ts';

/** Differences that are described one by one; the rest is counted. */
const MAX_DESCRIBED = 20;

/** A table's rows in the order of the columns that name a row. */
interface Comparison {
  readonly table: string;
  /** How many leading columns name a row. */
  readonly keys: number;
  /** Ordered by those columns; the rank says to SQLite that no other package comes between. CROSS JOIN keeps SQLite to the nesting that needs no sorting. */
  readonly rows: string;
}

const COMPARISONS: readonly Comparison[] = [
  {
    table: 'meta',
    keys: 1,
    rows: `SELECT 'tree' AS tree, coalesce((SELECT value FROM meta WHERE key = 'tree_size'), 0) AS tree_size,
        coalesce((SELECT value FROM meta WHERE key = 'tree_peaks'), x'') AS tree_peaks`,
  },
  {
    table: 'scopes',
    keys: 2,
    rows: 'SELECT scope, seq, owner, owner_id FROM scopes ORDER BY scope, seq',
  },
  {
    table: 'reservations',
    keys: 1,
    rows: 'SELECT scope, owner_id, reason, at FROM reservations ORDER BY scope',
  },
  {
    table: 'packages',
    keys: 1,
    rows: `SELECT p.name, p.latest_version,
        CASE WHEN p.latest_id IS NOT NULL THEN coalesce(of.name || '@' || latest.version, '?') END AS latest_id,
        p.display_name, p.description, p.author_name, p.keywords, p.homepage, p.license, p.icon, p.server_type,
        p.repository, p.commit_sha, p.certification_level, p.published_at, p.created_at, p.deprecated_at,
        p.name_words, p.text_words, p.recent IN (0, 1) AS listed
      FROM packages p
        LEFT JOIN versions latest ON latest.id = p.latest_id
        LEFT JOIN packages of ON of.id = latest.package_id
      ORDER BY p.name`,
  },
  {
    table: 'versions',
    keys: 2,
    rows: `SELECT p.name, v.version, v.prerelease, v.published_at, v.release_tag, v.release_url, v.publish_method,
        v.provenance, v.revoked, v.yanked
      FROM packages p CROSS JOIN versions v ON v.package_id = p.id
      ORDER BY p.name, p.rank, v.version`,
  },
  {
    table: 'manifests',
    keys: 2,
    rows: `SELECT p.name, v.version, m.manifest
      FROM packages p CROSS JOIN versions v ON v.package_id = p.id CROSS JOIN manifests m ON m.version_id = v.id
      ORDER BY p.name, p.rank, v.version`,
  },
  {
    table: 'artifacts',
    keys: 4,
    rows: `SELECT p.name, v.version, a.os, a.arch, a.filename, a.sha256, a.size, a.url, a.attestation_sha256,
        a.attestation_type, a.certification_level, a.state, a.seq
      FROM packages p CROSS JOIN versions v ON v.package_id = p.id CROSS JOIN artifacts a ON a.version_id = v.id
      ORDER BY p.name, p.rank, v.version, a.os, a.arch`,
  },
  {
    table: 'tools',
    keys: 2,
    rows: `SELECT p.name, t.position, t.name AS tool, t.description
      FROM packages p CROSS JOIN tools t ON t.package_id = p.id
      ORDER BY p.name, p.rank, t.position`,
  },
  {
    table: 'certifications',
    keys: 1,
    rows: 'SELECT seq, package, version, sha256, level, controls, scanner, at FROM certifications ORDER BY seq',
  },
  {
    table: 'deprecations',
    keys: 1,
    rows: 'SELECT seq, package, versions, message, successor, provenance, at FROM deprecations ORDER BY seq',
  },
  {
    table: 'revocations',
    keys: 1,
    rows: 'SELECT seq, package, versions, reason, at FROM revocations ORDER BY seq',
  },
  {
    table: 'rotations',
    keys: 1,
    rows: 'SELECT seq, old_kid, new_key, signature, at FROM rotations ORDER BY seq',
  },
];

/**
 * What is different in an index from the one expected, for people to read; empty when they are equal. At most 20
 * differences are described, and the last line then counts the others.
 *
 * Read in a transaction of each database, so a writer elsewhere does not disturb it.
 */
export function compareIndexes(actual: Database.Database, expected: Database.Database): string[] {
  const described: string[] = [];
  let count = 0;
  const report = (difference: string) => {
    count += 1;
    if (described.length < MAX_DESCRIBED) described.push(difference);
  };
  const compare = () => {
    for (const comparison of COMPARISONS) {
      compareCounts(actual, expected, comparison.table, report);
      compareRows(actual, expected, comparison, report);
    }
    compareWords(actual, expected, report);
    compareFacets(actual, expected, report);
    checkWordFilter(actual, report);
    checkListed(actual, report);
  };
  actual.transaction(() => expected.transaction(compare)())();
  if (count > described.length) described.push(`and ${count - described.length} more`);
  return described;
}

type Report = (difference: string) => void;

/** Rows that hang on nothing are in no join: a table that has any differs in its number of rows. */
function compareCounts(
  actual: Database.Database,
  expected: Database.Database,
  table: string,
  report: Report,
): void {
  if (table === 'meta') return;
  const sql = `SELECT count(*) FROM ${table}`;
  const [is, should] = [actual.prepare(sql).pluck().get(), expected.prepare(sql).pluck().get()];
  if (is !== should) report(`${table}: ${is} rows, expected ${should}`);
}

function compareRows(
  actual: Database.Database,
  expected: Database.Database,
  { table, keys, rows }: Comparison,
  report: Report,
): void {
  const statement = expected.prepare<[], unknown[]>(rows).raw();
  const columns = statement.columns().map((column) => column.name);
  const name = (row: unknown[]) => `${table} ${row.slice(0, keys).map(showKey).join(' ')}`;
  const inStep = pairs(actual.prepare<[], unknown[]>(rows).raw().iterate(), statement.iterate(), (a, b) =>
    compareKeys(a, b, keys),
  );
  for (const [is, should] of inStep) {
    if (should === undefined) report(`${name(is)}: is there, and the log does not say so`);
    else if (is === undefined) report(`${name(should)}: is missing`);
    else {
      for (let column = keys; column < columns.length; column += 1) {
        if (equal(is[column], should[column])) continue;
        report(`${name(is)}: ${columns[column]} is ${show(is[column])}, expected ${show(should[column])}`);
      }
    }
  }
}

/** A term of the posting lists. */
interface TermPostings {
  readonly term: string;
  /** The sum of what its blocks say. */
  readonly count: number;
  /** Numbers of packages, each times 4 with its place, ascending. */
  readonly places: Float64Array;
}

/**
 * Compares the posting lists exactly: every package of every term. Counts alone would miss words that moved from one
 * package to another, which is what somebody gains who forges a snapshot. One list at a time is in memory, and a number
 * a package.
 */
function compareWords(actual: Database.Database, expected: Database.Database, report: Report): void {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (name: string) => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, names.length);
    return names.push(name) - 1;
  };
  const inStep = pairs(termsOf(actual, numberOf), termsOf(expected, numberOf), (a, b) =>
    compareKeys([a.term], [b.term], 1),
  );
  const nowhere = new Float64Array();
  for (const [is, should] of inStep) {
    const what = `postings ${show((is ?? should)?.term)}`;
    const place = firstDifference(is?.places ?? nowhere, should?.places ?? nowhere);
    if (place !== undefined) {
      report(`${what}: its packages differ, first in ${showKey(names[Math.floor(place / 4)])}`);
    } else if (is?.count !== should?.count) {
      report(`${what}: counts ${is?.count}, expected ${should?.count}`);
    }
  }
}

/** The posting lists in the order of their terms. */
function* termsOf(db: Database.Database, numberOf: (name: string) => number): Generator<TermPostings> {
  const packageOf = new Map<number, number>();
  const ranks = db.prepare<[], [number, string]>('SELECT rank, name FROM packages ORDER BY name').raw();
  for (const [rank, name] of ranks.iterate()) packageOf.set(rank, numberOf(name));
  const none = numberOf('no package');
  const rows = db
    .prepare<[], [string, number, number, Buffer]>(
      `SELECT term, first, count, block FROM postings WHERE recent = 0
       UNION ALL SELECT term, first, count, block FROM postings WHERE recent = 1 ORDER BY term, first`,
    )
    .raw();
  let current: { term: string; count: number; blocks: [number, Buffer][] } | undefined;
  const close = ({ term, count, blocks }: NonNullable<typeof current>): TermPostings => ({
    term,
    count,
    places: Float64Array.from(
      blocks.flatMap(([first, bytes]) => decodeBlock(first, bytes)),
      ({ rank, place }) => (packageOf.get(rank) ?? none) * 4 + place,
    ).sort(),
  });
  for (const [term, first, count, block] of rows.iterate()) {
    if (current !== undefined && current.term !== term) {
      yield close(current);
      current = undefined;
    }
    current ??= { term, count: 0, blocks: [] };
    current.count += count;
    current.blocks.push([first, block]);
  }
  if (current !== undefined) yield close(current);
}

/** Compares what packages are filtered by. */
function compareFacets(actual: Database.Database, expected: Database.Database, report: Report): void {
  const inStep = pairs(facetsByName(actual), facetsByName(expected), (a, b) => compareKeys(a, b, 1));
  for (const [is, should] of inStep) {
    if (is?.[1] === should?.[1]) continue;
    const [name] = is ?? (should as readonly [string, string]);
    report(`facets ${showKey(name)}: ${is?.[1] ?? 'none'}, expected ${should?.[1] ?? 'none'}`);
  }
}

function* facetsByName(db: Database.Database): Generator<readonly [name: string, facets: string]> {
  const facets = new Facets(db);
  const rows = db
    .prepare<[], [string, number, number | null]>(
      'SELECT name, rank, iif(latest_id IS NULL, NULL, downloads) FROM packages ORDER BY name',
    )
    .raw();
  for (const [name, rank, downloads] of rows.iterate()) {
    const popularity = facets.popularity(rank);
    // Downloads are in no log, and still its own.
    const isItsOwn = popularity === (downloads === null ? 0 : popularityOf(downloads));
    yield [name, `${facets.logged(rank)}${isItsOwn ? '' : ` with the popularity ${popularity}`}`];
  }
}

/** What is in the filter of words depends on what has been there; it must have all that is. */
function checkWordFilter(db: Database.Database, report: Report): void {
  const mayBeThere = readWordFilter(db);
  const terms = db.prepare<[], string>('SELECT DISTINCT term FROM postings WHERE recent IN (0, 1)').pluck();
  for (const term of terms.iterate()) {
    if (isWord(term) && !mayBeThere(hashedPart(term).hash)) report(`word_filter: is without ${show(term)}`);
  }
}

function checkListed(db: Database.Database, report: Report): void {
  const is = db.prepare("SELECT value FROM meta WHERE key = 'listed'").pluck().get() ?? 0;
  const should = new PostingsReader(db, new Kept(db)).count(EVERYTHING);
  if (is !== should) report(`meta listed: is ${show(is)}, expected ${should}`);
}

function firstDifference(is: Float64Array, should: Float64Array): number | undefined {
  for (let at = 0; at < Math.max(is.length, should.length); at += 1) {
    const [left, right] = [is[at], should[at]];
    if (left !== right) return Math.min(left ?? Number.MAX_VALUE, right ?? Number.MAX_VALUE);
  }
  return undefined;
}

/** Two ordered sequences in step: what is in both as a pair, what is in one alone beside undefined. */
function* pairs<T>(
  left: Iterator<T>,
  right: Iterator<T>,
  order: (a: T, b: T) => number,
): Generator<[T, T] | [T, undefined] | [undefined, T]> {
  try {
    let [a, b] = [left.next(), right.next()];
    while (!a.done && !b.done) {
      const sign = order(a.value, b.value);
      if (sign < 0) yield [a.value, undefined];
      else if (sign > 0) yield [undefined, b.value];
      else yield [a.value, b.value];
      if (sign <= 0) a = left.next();
      if (sign >= 0) b = right.next();
    }
    for (; !a.done; a = left.next()) yield [a.value, undefined];
    for (; !b.done; b = right.next()) yield [undefined, b.value];
  } finally {
    left.return?.();
    right.return?.();
  }
}

/** As SQLite's BINARY collation orders: numbers before texts, texts by their UTF-8 bytes. */
function compareKeys(a: readonly unknown[], b: readonly unknown[], length: number): number {
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [a[at], b[at]];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
  }
  return 0;
}

function equal(a: unknown, b: unknown): boolean {
  return a === b || (Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b));
}

/** A value for a message: short, and safe on a terminal whatever a forged file holds. */
function show(value: unknown): string {
  if (Buffer.isBuffer(value)) return `x'${value.subarray(0, 40).toString('hex')}'`;
  const text = JSON.stringify(value) ?? String(value);
  const short = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return short.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A plain name as it is, anything else as `show` does. */
function showKey(value: unknown): string {
  return typeof value === 'string' && /^[!-~]{1,256}$/.test(value) ? value : show(value);
}

/**
 * What is different in the schema of a database from that of a new index; undefined when it is the same. A file with a
 * trigger, a view, another table or another version is refused by it.
 */
export function schemaDifference(db: Database.Database): string | undefined {
  const ours = openMemoryIndex();
  try {
    for (const setting of ['application_id', 'user_version', 'encoding']) {
      const [is, should] = [db.pragma(setting, { simple: true }), ours.pragma(setting, { simple: true })];
      if (is !== should) return `${setting} is ${show(is)}, expected ${show(should)}`;
    }
    const differences: string[] = [];
    for (const comparison of SCHEMA_COMPARISONS) {
      compareRows(db, ours, comparison, (difference) => differences.push(difference));
      if (differences[0] !== undefined) return differences[0];
    }
    return undefined;
  } finally {
    ours.close();
  }
}

const SCHEMA_COMPARISONS: readonly Comparison[] = [
  {
    table: 'sqlite_schema',
    keys: 2,
    rows: 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name',
  },
];
