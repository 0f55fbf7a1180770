/**
 * The MCP registry's own read interface, for clients that know it and not mpak: lists, a server, its versions.
 * A list holds a server once, as its latest version.
 */
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { type PackageName, parsePackageName } from '../../src/lib/bundle/name.ts';
import {
  findPackage,
  PACKAGE_COLUMNS,
  type PackageRow,
  resolveVersion,
  type VersionRow,
  versionRows,
} from '../../src/lib/index/read-version.ts';
import { searchBundles } from '../../src/lib/index/search.ts';
import { longDeprecated } from '../../src/lib/index/search-filter.ts';
import type { Handler, Request, Route } from '../http.ts';
import { cursorParameter, encodeCursor } from './cursor.ts';
import { badRequest, integerQuery, readQuery, SHORT_CACHE, textQuery, timeQuery } from './parameters.ts';
import { livePackage, liveVersion, notFound } from './published.ts';
import { type ServerDetail, serverDetail, serverEntry } from './server-detail.ts';
import { type ServerNames, serverNames } from './server-names.ts';

const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 100;
const MAX_SEARCH_OFFSET = 100_000;

/** More than the most is no error: a page is shorter then, and says where it goes on. */
const limitQuery = integerQuery({ min: 1, max: Number.MAX_SAFE_INTEGER })
  .transform((limit) => Math.min(limit, MAX_LIMIT))
  .meta({
    type: 'integer',
    minimum: 1,
    description: `At most ${MAX_LIMIT} are answered. Default: ${DEFAULT_LIMIT}.`,
  });
const cursorQuery = z.string().describe('nextCursor of the page before.');

export const listSchema = {
  limit: limitQuery,
  cursor: cursorQuery,
  search: textQuery.describe("A part of the server's name."),
  updated_since: timeQuery.describe('What was published, deprecated or revoked since.'),
};

export const searchServersSchema = {
  q: textQuery.describe('As bundles are searched.'),
  limit: limitQuery,
  cursor: cursorQuery,
};

/** GET /v0.1/servers, by name. */
const listServers: Handler = ({ query }, { db }) => {
  const { limit = DEFAULT_LIMIT, search, updated_since: since } = readQuery(query, listSchema);
  const after = cursorParameter(query, 'name', (text) => parsePackageName(text) === text);
  const names = serverNames(db);
  const rows = packagesAfter(db, names, after ?? '', limit + 1, {
    search,
    since,
  });
  const page = rows.slice(0, limit);
  const servers = page.map((row) => serverEntry(db, names, row, currentVersion(db, row)));
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    status: 200,
    headers: SHORT_CACHE,
    json: { servers, metadata: metadata(servers.length, last && encodeCursor('name', last.name)) },
  };
};

/**
 * A page of packages. With `since` it is what a mirror has missed, so packages that were revoked meanwhile are in it.
 * @param conditions.search a part of the server's name
 * @param conditions.since milliseconds since 1970
 */
function packagesAfter(
  db: Database.Database,
  names: ServerNames,
  after: string,
  limit: number,
  { search, since }: { search: string | undefined; since: number | undefined },
): PackageRow[] {
  return db
    .prepare<unknown[], PackageRow>(
      `SELECT ${PACKAGE_COLUMNS} FROM packages
       WHERE name > @after
         AND (latest_id IS NOT NULL OR @since IS NOT NULL)
         AND (@search IS NULL
           OR instr('dev.mpak.' || substr(name, 2), @search) > 0
           OR name IN (SELECT value FROM json_each(@named)))
         AND (@since IS NULL OR name IN (
           SELECT name FROM packages
             WHERE recent IN (0, 1) AND published_at >= @second AND unixepoch(published_at, 'subsec') >= @since
           UNION SELECT package FROM deprecations WHERE unixepoch(at, 'subsec') >= @since
           UNION SELECT package FROM revocations WHERE unixepoch(at, 'subsec') >= @since))
       ORDER BY name LIMIT @limit`,
    )
    .all({
      after,
      limit,
      // A package name is found by it as well: only its @ is not part of the server's.
      search: search?.toLowerCase().replace(/^@/, '') ?? null,
      named: JSON.stringify(search === undefined ? [] : names.containing(search)),
      since: since === undefined ? null : since / 1000,
      // As text, for the index: fractions of a second are written in more than one way.
      second: since === undefined ? null : new Date(since).toISOString().slice(0, 19),
    });
}

/** The latest version; the highest one of a package that is revoked. */
function currentVersion(db: Database.Database, row: PackageRow): VersionRow {
  return (resolveVersion(db, row.name, 'latest') ?? versionRows(db, row.id)[0]) as VersionRow;
}

/** GET /v0.1/servers/{name}/versions/{version}: a revoked one as deleted, since the answer has a place for that. */
const showServerEntry: Handler = (request, { db }) => {
  const name = serverParameter(request, db);
  const wanted = request.params.version ?? '';
  const row = wanted === 'latest' ? livePackage(db, name) : findPackage(db, name);
  const version = resolveVersion(db, name, wanted);
  if (row === undefined || version === undefined) {
    throw notFound(`There is no server ${name} in version ${JSON.stringify(wanted)}.`);
  }
  return { status: 200, headers: SHORT_CACHE, json: serverEntry(db, serverNames(db), row, version) };
};

/** GET /v1/servers/search: as bundles are searched. */
const searchServers: Handler = ({ query }, { db, now }) => {
  const { q = '', limit = DEFAULT_LIMIT } = readQuery(query, searchServersSchema);
  const isOffset = (text: string) => /^[1-9]\d{0,5}$/.test(text) && Number(text) <= MAX_SEARCH_OFFSET;
  const offset = Number(cursorParameter(query, 'offset', isOffset) ?? 0);
  const { bundles, pagination } = searchBundles(db, { q, limit, offset, ...longDeprecated(now()) });
  const servers = bundles.map(({ name }) => latestServer(db, name as PackageName));
  const next = offset + limit;
  const cursor =
    pagination.has_more && next <= MAX_SEARCH_OFFSET ? encodeCursor('offset', String(next)) : undefined;
  return { status: 200, headers: SHORT_CACHE, json: { servers, metadata: metadata(servers.length, cursor) } };
};

/** GET /v1/servers/{name} and /v1/servers/{name}/versions/{v}: 410 when it is revoked, having no place to say so. */
const showServer: Handler = (request, { db }) => {
  const name = serverParameter(request, db);
  const version = liveVersion(db, name, request.params.version ?? 'latest');
  const json = serverDetail(db, serverNames(db), livePackage(db, name), version);
  return { status: 200, headers: SHORT_CACHE, json };
};

function latestServer(db: Database.Database, name: PackageName): ServerDetail {
  const row = livePackage(db, name);
  return serverDetail(db, serverNames(db), row, liveVersion(db, name, 'latest'));
}

/** The package that the server's name in the path means; the slash in it may have come percent-encoded or not. */
function serverParameter({ params }: Request, db: Database.Database): PackageName {
  const text = params.namespace === undefined ? (params.name ?? '') : `${params.namespace}/${params.name}`;
  const name = serverNames(db).resolve(text);
  if (name === 'malformed')
    throw badRequest(`${JSON.stringify(text)} is not a server name like dev.mpak.scope/name.`);
  if (name === undefined) throw notFound(`There is no server ${JSON.stringify(text)}.`);
  return name;
}

function metadata(count: number, nextCursor: string | undefined): { nextCursor?: string; count: number } {
  return nextCursor === undefined ? { count } : { nextCursor, count };
}

const READS: readonly [string, Handler][] = [
  ['/v0.1/servers', listServers],
  ['/v0.1/servers/:name/versions/:version', showServerEntry],
  ['/v0.1/servers/:namespace/:name/versions/:version', showServerEntry],
  ['/v1/servers/search', searchServers],
  ['/v1/servers/:name', showServer],
  ['/v1/servers/:namespace/:name', showServer],
  ['/v1/servers/:name/versions/:version', showServer],
  ['/v1/servers/:namespace/:name/versions/:version', showServer],
];

/** Lists and searches: what is asked again and again, and costs the most. */
const KEPT: ReadonlySet<Handler> = new Set([listServers, searchServers]);

export const mcpRoutes: readonly Route[] = READS.map(([path, handler]) => ({
  method: 'GET',
  path,
  handler,
  ...(KEPT.has(handler) && { kept: 'target' as const }),
}));
