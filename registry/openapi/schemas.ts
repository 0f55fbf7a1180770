/** What else is answered: servers as the MCP registry describes them, what publishers say, the log, the operator's. */
import { z } from 'zod';
import type { Announced } from '../announce.ts';
import { announcementSchema } from '../announcement.ts';
import { type Deprecated, deprecationSchema } from '../deprecate.ts';
import type { ServerDetail, ServerEntry } from '../routes/server-detail.ts';
import { type Yanked, yankSchema } from '../yank.ts';
import * as bundles from './bundle-schemas.ts';

const { count, hexDigest, packageName, time } = bundles;

const error = z.object({
  error: z.object({
    code: z.string().describe('Stable, such as NOT_FOUND.'),
    message: z.string().describe('For people.'),
  }),
});

const serverDetail = z.object({
  $schema: z.string(),
  name: z.string().describe('Reverse-DNS: dev.mpak.scope/name, or what the manifest states.'),
  description: z.string().max(100),
  version: z.string(),
  repository: z.object({ url: z.string(), source: z.literal('github') }).exactOptional(),
  packages: z.array(
    z.object({
      registryType: z.literal('mcpb'),
      identifier: z.string().describe("The asset's URL."),
      version: z.string(),
      fileSha256: hexDigest,
      transport: z.object({ type: z.literal('stdio') }),
    }),
  ),
}) satisfies z.ZodType<ServerDetail>;

const serverEntry = z.object({
  server: serverDetail,
  _meta: z.object({
    'io.modelcontextprotocol.registry/official': z.object({
      status: z.enum(['active', 'deprecated', 'deleted']),
      statusMessage: z.string().exactOptional(),
      publishedAt: time,
      updatedAt: time,
      isLatest: z.boolean(),
    }),
  }),
}) satisfies z.ZodType<ServerEntry>;

const metadata = z.object({ nextCursor: z.string().exactOptional(), count });

const status = z.enum(['created', 'updated']);

const announced = z.object({
  package: packageName,
  version: z.string(),
  artifact: z.object({ os: z.string(), arch: z.string(), filename: z.string() }),
  total_artifacts: count,
  status,
  attested: z.boolean(),
  warnings: z
    .array(z.object({ code: z.enum(['TOOLS_REMOVED', 'PERMISSIONS_ADDED']), message: z.string() }))
    .exactOptional(),
}) satisfies z.ZodType<Announced>;

/** By the name that the description has them under. */
export const SCHEMAS = {
  Error: error,
  Platform: bundles.platform,
  Provenance: bundles.provenance,
  ProvenanceSummary: bundles.provenanceSummary,
  Manifest: bundles.manifest,
  Bundle: bundles.bundle,
  BundlePage: bundles.bundlePage,
  BundleDetail: bundles.bundleDetail,
  VersionList: bundles.versionList,
  VersionDetail: bundles.versionDetail,
  Download: bundles.download,
  McpbIndex: bundles.mcpbIndex,
  Report: bundles.report,
  Scan: bundles.scan,
  ServerDetail: serverDetail,
  ServerEntry: serverEntry,
  ServerList: z.object({ servers: z.array(serverEntry), metadata }),
  ServerSearch: z.object({ servers: z.array(serverDetail), metadata }),
  Announcement: announcementSchema,
  Announced: announced,
  Deprecation: deprecationSchema,
  Deprecated: z.object({
    package: packageName,
    versions: z.string(),
    status,
  }) satisfies z.ZodType<Deprecated>,
  Yank: yankSchema,
  Yanked: z.object({ package: packageName, version: z.string(), status }) satisfies z.ZodType<Yanked>,
  Attestations: z.object({ attestations: z.array(z.looseObject({ bundle: z.looseObject({}) })) }),
  KeySet: z.object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string(),
        alg: z.string(),
        use: z.literal('sig'),
      }),
    ),
  }),
  Registry: z.object({
    origin: z.string().describe('Name of the log.'),
    announce: z
      .object({ issuer: z.string(), audience: z.string() })
      .describe('What a token that announces names.'),
  }),
  // What watches over a server may be told more than this.
  Health: z.looseObject({ status: z.literal('ok'), size: count, root: z.string() }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type SchemaName = keyof typeof SCHEMAS;
