/** Every operation of the registry: what it is for, what it takes and what it answers. docs/registry.md has the reasons. */

import { searchSchema } from '../routes/bundle-query.ts';
import { platformSchema } from '../routes/download.ts';
import { listSchema, searchServersSchema } from '../routes/mcp.ts';
import { scanSchema } from '../routes/scan.ts';
import type { Content, Operation } from './operation.ts';
import { PAGE_OPERATIONS } from './page-operations.ts';
import type { SchemaName } from './schemas.ts';

const json = (schema: SchemaName): Content => ({ schema });
const NDJSON: Content = { type: 'application/x-ndjson' };
const BUNDLE = '/v1/bundles/{scope}/{name}';
const VERSION = `${BUNDLE}/versions/{version}`;
/** A body that is no JSON, or too large, and all that may be wrong with what is said. */
const PUBLISHING = [400, 401, 403, 404, 409, 413, 415, 502];
const SERVER = { tag: 'Servers', errors: [400, 404, 410] } as const;

/** By method and path. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /v1/bundles/search': {
    tag: 'Bundles',
    id: 'searchBundles',
    summary: 'Search packages',
    description: 'Without words, all packages; the last word may be unfinished, and a typo is forgiven.',
    query: searchSchema,
    answers: { 200: ['A page of packages.', json('BundlePage')] },
    errors: [400],
  },
  [`GET ${BUNDLE}`]: {
    tag: 'Bundles',
    id: 'showBundle',
    summary: 'A package',
    answers: { 200: ['The package, as of its latest version.', json('BundleDetail')] },
    errors: [400, 404, 410],
  },
  [`GET ${BUNDLE}/versions`]: {
    tag: 'Bundles',
    id: 'listVersions',
    summary: 'Its versions',
    answers: { 200: ['Those that are handed out, highest first.', json('VersionList')] },
    errors: [400, 404, 410],
  },
  [`GET ${VERSION}`]: {
    tag: 'Bundles',
    id: 'showVersion',
    summary: 'A version',
    answers: { 200: ['The version, its manifest and its artifacts.', json('VersionDetail')] },
    errors: [400, 404, 410],
  },
  [`GET ${VERSION}/download`]: {
    tag: 'Bundles',
    id: 'download',
    volatile: true,
    summary: 'Where the artifact for a platform is',
    description:
      'The version may be `latest`. Counts a download. Whoever accepts JSON by name is not redirected.',
    query: platformSchema,
    answers: { 200: ['Where it is.', json('Download')], 302: ['To the artifact.'] },
    errors: [400, 404, 410],
  },
  [`GET ${VERSION}/scan`]: {
    tag: 'Bundles',
    id: 'showScan',
    summary: 'What scans of a version said',
    query: scanSchema,
    answers: { 200: ['The reports.', json('Scan')], 202: ['None is done, and one waits.', json('Scan')] },
    errors: [400, 404, 410],
  },
  [`GET ${BUNDLE}/index.json`]: {
    tag: 'Bundles',
    id: 'showMcpbIndex',
    summary: 'The latest version as an MCPB index',
    answers: {
      200: ['The index.', { schema: 'McpbIndex', type: 'application/vnd.mcp.bundle.index.v0.1+json' }],
    },
    errors: [400, 404, 410],
  },
  [`GET ${BUNDLE}/badge.svg`]: {
    tag: 'Bundles',
    id: 'showBadge',
    summary: 'A badge for a README',
    answers: { 200: ['Version, or level of certification.', { type: 'image/svg+xml' }] },
    errors: [400, 404, 410],
  },
  'GET /v0.1/servers': {
    ...SERVER,
    id: 'listServers',
    summary: 'List servers, by name',
    query: listSchema,
    answers: { 200: ['A page of servers.', json('ServerList')] },
    errors: [400],
  },
  'GET /v0.1/servers/{name}/versions/{version}': {
    ...SERVER,
    id: 'showServerEntry',
    summary: 'A version of a server',
    description: 'The slash in the name percent-encoded. The version may be `latest`.',
    answers: { 200: ['The server, and what the registry says of it.', json('ServerEntry')] },
  },
  'GET /v0.1/servers/{namespace}/{name}/versions/{version}': {
    ...SERVER,
    id: 'showServerEntryByNamespace',
    summary: 'The same, with the slash as it is',
    answers: { 200: ['The server, and what the registry says of it.', json('ServerEntry')] },
  },
  'GET /v1/servers/search': {
    ...SERVER,
    id: 'searchServers',
    summary: 'Search servers, as bundles are searched',
    query: searchServersSchema,
    answers: { 200: ['A page of servers.', json('ServerSearch')] },
    errors: [400],
  },
  'GET /v1/servers/{name}': {
    ...SERVER,
    id: 'showServer',
    summary: 'A server',
    answers: { 200: ['Its latest version.', json('ServerDetail')] },
  },
  'GET /v1/servers/{namespace}/{name}': {
    ...SERVER,
    id: 'showServerByNamespace',
    summary: 'The same, with the slash as it is',
    answers: { 200: ['Its latest version.', json('ServerDetail')] },
  },
  'GET /v1/servers/{name}/versions/{version}': {
    ...SERVER,
    id: 'showServerVersion',
    summary: 'A version of a server',
    answers: { 200: ['The version.', json('ServerDetail')] },
  },
  'GET /v1/servers/{namespace}/{name}/versions/{version}': {
    ...SERVER,
    id: 'showServerVersionByNamespace',
    summary: 'The same, with the slash as it is',
    answers: { 200: ['The version.', json('ServerDetail')] },
  },
  'POST /v1/bundles/announce': {
    tag: 'Publishing',
    id: 'announce',
    summary: 'Announce an artifact of a release',
    description:
      'One request an artifact. The same again is answered `updated`, and adds nothing to the log.',
    body: 'Announcement',
    answers: { 200: ['It is in the log.', json('Announced')] },
    errors: PUBLISHING,
  },
  'POST /v1/bundles/deprecate': {
    tag: 'Publishing',
    id: 'deprecate',
    summary: 'Advise against versions, or take that back',
    body: 'Deprecation',
    answers: { 200: ['It is in the log.', json('Deprecated')] },
    errors: PUBLISHING,
  },
  'POST /v1/bundles/yank': {
    tag: 'Publishing',
    id: 'yank',
    summary: 'Take a version back',
    body: 'Yank',
    answers: { 200: ['It is in the log.', json('Yanked')] },
    errors: PUBLISHING,
  },
  'GET /v1/index/checkpoint': {
    tag: 'Log',
    id: 'showCheckpoint',
    summary: 'The signed checkpoint',
    answers: { 200: ['A compact JWS by the key of the log.', { type: 'application/jose' }] },
  },
  'GET /v1/index/keys.json': {
    tag: 'Log',
    id: 'showKeys',
    summary: 'The keys of the log',
    answers: { 200: ['The one that signs first.', { schema: 'KeySet', type: 'application/jwk-set+json' }] },
  },
  'GET /v1/index/log/{page}': {
    tag: 'Log',
    id: 'showLogPage',
    ranges: 'Entries of the page from one on, such as `entries=12-`.',
    summary: 'A page of the log',
    description: '256 entries, a line each. `Range: entries=N-` answers those from the Nth of the page on.',
    answers: { 200: ['The entries.', NDJSON], 206: ['The rest of them.', NDJSON] },
    errors: [404, 416],
  },
  'GET /v1/index/snapshots/{name}': {
    tag: 'Log',
    id: 'showSnapshot',
    ranges: 'Bytes, such as `bytes=1000-1999`; with If-Range, of that file alone.',
    summary: 'The index as a file',
    description: 'SQLite, zstd; the checkpoint names it and its digest. Takes ranges.',
    answers: {
      200: ['The file.', { type: 'application/zstd' }],
      206: ['A part of it.', { type: 'application/zstd' }],
    },
    errors: [404, 416],
  },
  'GET /v1/attestations/{digest}': {
    tag: 'Log',
    id: 'showAttestations',
    summary: 'What was verified of an artifact, byte for byte',
    answers: { 200: ["In GitHub's shape.", json('Attestations')] },
    errors: [404],
  },
  'GET /v1/registry': {
    tag: 'Operations',
    id: 'showRegistry',
    summary: 'What to know before announcing',
    answers: { 200: ['Name of the log, and whom it listens to.', json('Registry')] },
  },
  'GET /health': {
    tag: 'Operations',
    id: 'showHealth',
    volatile: true,
    summary: 'Whether it works',
    answers: { 200: ['The database answers.', json('Health')] },
  },
  'GET /metrics': {
    tag: 'Operations',
    id: 'showMetrics',
    volatile: true,
    summary: 'Metrics for Prometheus',
    answers: { 200: ['The text format of Prometheus.', { type: 'text/plain' }] },
  },
  'GET /openapi.json': {
    tag: 'Operations',
    id: 'showOpenApi',
    summary: 'This description',
    answers: { 200: ['OpenAPI 3.1.', { type: 'application/json' }] },
  },
  ...PAGE_OPERATIONS,
};
