/**
 * A version as the MCP registry's server.json describes a server (schema 2025-12-11), composed from its manifest and
 * from what the log says of it.
 */
import type Database from 'better-sqlite3';
import type { PackageName } from '../../src/lib/bundle/name.ts';
import { decisiveDeprecation } from '../../src/lib/index/apply.ts';
import { artifactsOf } from '../../src/lib/index/read-artifact.ts';
import { covering, deprecationsOf, revocationsOf } from '../../src/lib/index/read-status.ts';
import {
  manifestOf,
  type PackageRow,
  provenanceOf,
  type VersionRow,
} from '../../src/lib/index/read-version.ts';
import type { Manifest, Provenance } from '../../src/lib/log/entry.ts';
import type { ServerNames } from './server-names.ts';

const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';
const MAX_DESCRIPTION_LENGTH = 100;
const MAX_STATUS_MESSAGE_LENGTH = 500;

export interface ServerDetail {
  readonly $schema: string;
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly repository?: { readonly url: string; readonly source: 'github' };
  readonly packages: readonly {
    readonly registryType: 'mcpb';
    /** The asset's URL. */
    readonly identifier: string;
    readonly version: string;
    readonly fileSha256: string;
    readonly transport: { readonly type: 'stdio' };
  }[];
}

/** What the registry says of a server, under the key that clients of the MCP registry read. */
export interface ServerEntry {
  readonly server: ServerDetail;
  readonly _meta: {
    readonly 'io.modelcontextprotocol.registry/official': {
      /** Deleted is what is revoked. */
      readonly status: 'active' | 'deprecated' | 'deleted';
      readonly statusMessage?: string;
      readonly publishedAt: string;
      readonly updatedAt: string;
      readonly isLatest: boolean;
    };
  };
}

/** A version that is revoked is told of without its packages: nobody is led to them. */
export function serverEntry(
  db: Database.Database,
  names: ServerNames,
  row: PackageRow,
  version: VersionRow,
): ServerEntry {
  return {
    server: serverDetail(db, names, row, version),
    _meta: { 'io.modelcontextprotocol.registry/official': registryMeta(db, row, version) },
  };
}

export function serverDetail(
  db: Database.Database,
  names: ServerNames,
  row: PackageRow,
  version: VersionRow,
): ServerDetail {
  const manifest = manifestOf(db, version.id);
  const provenance = provenanceOf(version);
  const artifacts = version.revoked === null ? artifactsOf(db, version.id) : [];
  return {
    $schema: SCHEMA,
    name: names.nameOf(row.name as PackageName, manifest),
    description: describe(row, manifest),
    version: version.version,
    ...(provenance === null ? {} : { repository: repositoryOf(provenance) }),
    packages: artifacts.map(({ url, sha256 }) => ({
      registryType: 'mcpb',
      identifier: url,
      version: version.version,
      fileSha256: sha256,
      transport: { type: 'stdio' },
    })),
  };
}

function registryMeta(
  db: Database.Database,
  row: PackageRow,
  version: VersionRow,
): ServerEntry['_meta']['io.modelcontextprotocol.registry/official'] {
  const revocation = covering(revocationsOf(db, row.name), version.version);
  const deprecation = decisiveDeprecation(deprecationsOf(db, row.name), version.version);
  const times = [version.published_at, revocation?.at, deprecation?.at].filter((at) => at !== undefined);
  const [status, message] =
    version.revoked !== null
      ? (['deleted', `Revoked: ${version.revoked}`] as const)
      : deprecation !== undefined && deprecation.message !== ''
        ? (['deprecated', shorten(deprecation.message, MAX_STATUS_MESSAGE_LENGTH)] as const)
        : (['active', undefined] as const);
  return {
    status,
    ...(message === undefined ? {} : { statusMessage: message }),
    publishedAt: version.published_at,
    updatedAt: times.reduce((latest, at) => (Date.parse(at) > Date.parse(latest) ? at : latest)),
    isLatest: version.id === row.latest_id,
  };
}

function repositoryOf({ repository }: Provenance): { url: string; source: 'github' } {
  return { url: `https://github.com/${repository}`, source: 'github' };
}

/** The schema wants one: what has no description is called by its name. */
function describe(row: PackageRow, manifest: Manifest): string {
  const text = [manifest.description, manifest.display_name, row.name].find((given) => given?.trim());
  return shorten(text?.trim() ?? row.name, MAX_DESCRIPTION_LENGTH);
}

/** @param length in code points, as JSON Schema counts */
function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length
    ? text
    : `${characters
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}
