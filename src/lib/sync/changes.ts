/** What a sync has changed, for telling the user. */
import type Database from 'better-sqlite3';
import type { LineChange } from '../index/append.ts';
import { openIndex } from '../index/open.ts';

/** Names of packages, each once, sorted. */
export interface ChangeSummary {
  readonly new: readonly string[];
  readonly updated: readonly string[];
  /** `@scope/name versions`. */
  readonly revoked: readonly string[];
  readonly deprecated: readonly string[];
  /** Taken back by their publishers. */
  readonly yanked: readonly string[];
  /** Entries that this version of mpak does not understand. */
  readonly unknown: number;
  /** Of a first index: how many packages it has. They are not named as new. */
  readonly packages?: number;
}

export function noChanges(): ChangeSummary {
  return { new: [], updated: [], revoked: [], deprecated: [], yanked: [], unknown: 0 };
}

/** Gathers what the lines of a sync do. */
export class ChangeGatherer {
  readonly #new = new Set<string>();
  readonly #updated = new Set<string>();
  readonly #revoked = new Set<string>();
  readonly #deprecated = new Set<string>();
  readonly #yanked = new Set<string>();
  #unknown = 0;

  add(change: LineChange): void {
    if (change.kind === 'unknown') this.#unknown += 1;
    else if (change.kind === 'new') this.#new.add(change.package);
    else if (change.kind === 'updated' && !this.#new.has(change.package)) this.#updated.add(change.package);
    else if (change.kind === 'revoked') this.#revoked.add(`${change.package} ${change.version}`);
    else if (change.kind === 'deprecated') this.#deprecated.add(`${change.package} ${change.version}`);
    else if (change.kind === 'yanked') this.#yanked.add(`${change.package} ${change.version}`);
  }

  summary(): ChangeSummary {
    return {
      new: [...this.#new].sort(),
      updated: [...this.#updated].sort(),
      revoked: [...this.#revoked].sort(),
      deprecated: [...this.#deprecated].sort(),
      yanked: [...this.#yanked].sort(),
      unknown: this.#unknown,
    };
  }
}

/**
 * What a whole new index file has that the one before it had not.
 * @param before closed by this function; undefined when there was none that could be read
 */
export function summarizeDifference(before: Database.Database | undefined, file: string): ChangeSummary {
  const after = openIndex(file);
  try {
    const known = before && readable(() => latestVersions(before));
    if (before === undefined || known === undefined)
      return { ...noChanges(), packages: countPackages(after) };
    const now = latestVersions(after);
    return {
      new: [...now.keys()].filter((name) => !known.has(name)),
      updated: [...now]
        .filter(([name, version]) => known.has(name) && known.get(name) !== version)
        .map(([name]) => name),
      revoked: added(before, after, 'revocations'),
      deprecated: added(before, after, 'deprecations'),
      yanked: newlyYanked(before, after),
      unknown: 0,
    };
  } finally {
    after.close();
    before?.close();
  }
}

/** What the index before says, or undefined when it is damaged: this is only for telling what has changed. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function countPackages(db: Database.Database): number {
  return db.prepare<[], number>('SELECT count(*) FROM packages').pluck().get() as number;
}

/** By name, in the order of names. */
function latestVersions(db: Database.Database): Map<string, string | null> {
  const rows = db.prepare<[], [string, string | null]>(
    'SELECT name, latest_version FROM packages ORDER BY name',
  );
  return new Map(rows.raw().all());
}

function added(
  before: Database.Database,
  after: Database.Database,
  table: 'revocations' | 'deprecations',
): string[] {
  const newest =
    readable(() => before.prepare(`SELECT coalesce(max(seq), -1) FROM ${table}`).pluck().get()) ?? -1;
  const rows = after
    .prepare<[unknown], { package: string; versions: string }>(
      `SELECT package, versions FROM ${table} WHERE seq > ? ORDER BY package, versions`,
    )
    .all(newest);
  return rows.map((row) => `${row.package} ${row.versions}`);
}

function newlyYanked(before: Database.Database, after: Database.Database): string[] {
  const yanked = (db: Database.Database) =>
    db
      .prepare<[], string>(
        `SELECT p.name || ' ' || v.version FROM versions v CROSS JOIN packages p ON p.id = v.package_id
         WHERE v.yanked IS NOT NULL ORDER BY p.name, v.version`,
      )
      .pluck()
      .all();
  const known = new Set(readable(() => yanked(before)));
  return yanked(after).filter((version) => !known.has(version));
}
