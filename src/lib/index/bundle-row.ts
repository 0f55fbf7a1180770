/** A row of `packages` and its tools as the Bundle that lists and search answer with. */
import type Database from 'better-sqlite3';
import type { Bundle, ProvenanceSummary } from './bundle-types.ts';

/** The columns of BundleRow, for a SELECT from `packages`. */
export const BUNDLE_COLUMNS = `packages.id, packages.name, packages.display_name, packages.description,
  packages.author_name, packages.latest_version, packages.icon, packages.server_type, packages.downloads,
  packages.published_at, packages.repository, packages.commit_sha, packages.certification_level`;

/** The values of BUNDLE_COLUMNS. To have rows as arrays spares a search the compiling of a function that makes objects. */
export type BundleValues = [
  id: number,
  name: string,
  display_name: string | null,
  description: string | null,
  author_name: string | null,
  latest_version: string,
  icon: string | null,
  server_type: string | null,
  downloads: number,
  published_at: string,
  repository: string | null,
  commit_sha: string | null,
  certification_level: number | null,
];

export function bundleRowOf(values: BundleValues): BundleRow {
  const [id, name, display_name, description, author_name, latest_version, icon, server_type, downloads] =
    values;
  const [published_at, repository, commit_sha, certification_level] = values.slice(9) as [
    string,
    string | null,
    string | null,
    number | null,
  ];
  return {
    id,
    name,
    display_name,
    description,
    author_name,
    latest_version,
    icon,
    server_type,
    downloads,
    published_at,
    repository,
    commit_sha,
    certification_level,
  };
}

/** A package that has a latest version: not all of it is revoked. */
export interface BundleRow {
  readonly id: number;
  readonly name: string;
  readonly display_name: string | null;
  readonly description: string | null;
  readonly author_name: string | null;
  readonly latest_version: string;
  readonly icon: string | null;
  readonly server_type: string | null;
  readonly downloads: number;
  readonly published_at: string;
  readonly repository: string | null;
  readonly commit_sha: string | null;
  readonly certification_level: number | null;
}

/** Returns a function that completes rows: its statement is prepared once. */
export function bundleReader(db: Database.Database): (row: BundleRow) => Bundle {
  const tools = db
    .prepare<[number], [name: string, description: string | null]>(
      'SELECT name, description FROM tools WHERE package_id = ? ORDER BY position',
    )
    .raw();
  return (row) => {
    const provenance = provenanceSummary(row);
    return {
      name: row.name,
      display_name: row.display_name,
      description: row.description,
      author: row.author_name === null ? null : { name: row.author_name },
      latest_version: row.latest_version,
      icon: row.icon,
      server_type: row.server_type,
      tools: tools
        .all(row.id)
        .map(([name, description]) => (description === null ? { name } : { name, description })),
      downloads: row.downloads,
      published_at: row.published_at,
      verified: provenance !== null,
      provenance,
      certification_level: row.certification_level,
    };
  };
}

/** Where the latest version was built; null when it was imported and nothing proves it. */
export function provenanceSummary(
  row: Pick<BundleRow, 'repository' | 'commit_sha'>,
): ProvenanceSummary | null {
  if (row.repository === null || row.commit_sha === null) return null;
  return { schema_version: '1', provider: 'github_oidc', repository: row.repository, sha: row.commit_sha };
}
