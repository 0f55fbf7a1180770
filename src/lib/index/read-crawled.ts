/** What a crawled index says of a package besides what every index does. */
import type Database from 'better-sqlite3';
import { type Bundle, type BundlePage, OTHER_TYPES, type OtherType } from './bundle-types.ts';
import type { OtherPackage } from './crawled-types.ts';
import { type IndexSource, sourceOf } from './read-source.ts';
import { findPackage, resolveVersion, versionRows } from './read-version.ts';
import { runCommand } from './run-command.ts';

export interface CrawledStanding {
  readonly source: Exclude<IndexSource, 'signed'>;
  /** What its registry calls it; null: the same. */
  readonly original: string | null;
  /** The same server as packages of other kinds. */
  readonly elsewhere: readonly OtherPackage[];
  /** When all its versions were asked for; null: not since its latest version is new. */
  readonly versions_at: string | null;
  /** Those that are known, highest first. */
  readonly versions: readonly string[];
  readonly latest_version: string | null;
}

/** @returns undefined for a signed index, and for what is not in the index */
export function crawledStanding(db: Database.Database, name: string): CrawledStanding | undefined {
  const source = sourceOf(db);
  if (source === 'signed') return undefined;
  const row = findPackage(db, name);
  const crawled = db
    .prepare<[string], { original: string | null; elsewhere: string | null; versions_at: string | null }>(
      'SELECT original, elsewhere, versions_at FROM crawled WHERE package = ?',
    )
    .get(name);
  if (row === undefined || crawled === undefined) return undefined;
  return {
    source,
    original: crawled.original,
    elsewhere: crawled.elsewhere === null ? [] : (JSON.parse(crawled.elsewhere) as OtherPackage[]),
    versions_at: crawled.versions_at,
    versions: versionRows(db, row.id).map(({ version }) => version),
    latest_version: row.latest_version,
  };
}

/** Whether manifest and artifacts of a version are known, and not only what a list says of it. */
export function hasDetails(db: Database.Database, name: string, version: string): boolean {
  const row = resolveVersion(db, name, version);
  if (row === undefined) return false;
  return db.prepare('SELECT 1 FROM crawled_versions WHERE version_id = ?').pluck().get(row.id) === 1;
}

/** A bundle in a list, and how the same server is run where it is no bundle. */
export interface ListedBundle extends Bundle {
  readonly commands?: readonly string[];
}

type Page<B extends Bundle> = Omit<BundlePage, 'bundles'> & { readonly bundles: readonly B[] };

/** The same page, with the commands that run what is no bundle. @param dbOf the index that each is from */
export function withCommands<B extends Bundle>(
  page: Page<B>,
  dbOf: (bundle: B) => Database.Database,
): Page<B & ListedBundle> {
  const bundles = page.bundles.map((bundle): B & ListedBundle => {
    if (!OTHER_TYPES.includes(bundle.server_type as OtherType)) return bundle;
    const elsewhere = crawledStanding(dbOf(bundle), bundle.name)?.elsewhere ?? [];
    return elsewhere.length === 0 ? bundle : { ...bundle, commands: elsewhere.map(runCommand) };
  });
  return { ...page, bundles };
}
