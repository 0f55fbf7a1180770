/** What is answered of bundles, as API.md has it: schemas for the published description, held to the types of the answers. */
import { z } from 'zod';
import {
  ARCHITECTURES,
  type Bundle,
  type BundleDetail,
  type BundlePage,
  OPERATING_SYSTEMS,
  type VersionDetail,
  type VersionList,
} from '../../src/lib/index/bundle-types.ts';
import { manifestSchema, provenanceSchema } from '../../src/lib/log/entry.ts';

export const time = z.iso.datetime({ offset: true }).describe('ISO 8601, UTC.');
export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const hexDigest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256, lower-case hex.');
export const prefixedDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const packageName = z
  .string()
  .regex(/^@[a-z0-9][a-z0-9-]{0,38}\/[a-z0-9][a-z0-9-]{0,213}$/)
  .describe('`@scope/name`; the scope is a GitHub owner.');
const level = z.int().min(0).max(4);

export const platform = z.object({ os: z.enum(OPERATING_SYSTEMS), arch: z.enum(ARCHITECTURES) });
export const provenance = provenanceSchema;
export const provenanceSummary = provenanceSchema.omit({ claims: true });
export const manifest = manifestSchema.describe(
  'The manifest of the bundle (mcpb 0.1 to 0.4), as it was published.',
);

const bundleFields = {
  name: packageName,
  display_name: z.string().nullable(),
  description: z.string().nullable(),
  author: z.object({ name: z.string() }).nullable(),
  latest_version: z.string(),
  icon: z.string().nullable().describe('An http or https URL; whatever else the manifest has is left out.'),
  server_type: z.string().nullable(),
  tools: z.array(z.object({ name: z.string(), description: z.string().exactOptional() })),
  downloads: count,
  published_at: time.describe('Of the latest version.'),
  verified: z.boolean().describe('The latest version was announced by a verified GitHub Actions identity.'),
  provenance: provenanceSummary.nullable(),
  certification_level: level.nullable(),
};

export const bundle = z.object(bundleFields) satisfies z.ZodType<Bundle>;

export const bundlePage = z.object({
  bundles: z.array(bundle),
  total: count.describe('On all pages.'),
  pagination: z.object({ limit: count, offset: count, has_more: z.boolean() }),
}) satisfies z.ZodType<BundlePage>;

export const certification = z.object({
  level,
  level_name: z.string(),
  controls_passed: count,
  controls_failed: count,
  controls_total: count,
});

export const bundleDetail = z.object({
  ...bundleFields,
  provenance: provenance.nullable(),
  homepage: z.string().nullable().describe('An http or https URL.'),
  license: z.string().nullable(),
  certification: certification.nullable(),
  versions: z
    .array(z.object({ version: z.string(), published_at: time, downloads: count }))
    .describe('Without those that are revoked or taken back; highest first.'),
}) satisfies z.ZodType<BundleDetail>;

export const versionList = z.object({
  name: packageName,
  latest: z.string().nullable(),
  versions: z.array(
    z.object({
      version: z.string(),
      artifacts_count: count,
      platforms: z.array(platform),
      published_at: time,
      downloads: count,
      publish_method: z.string(),
      provenance: provenanceSummary.nullable(),
    }),
  ),
}) satisfies z.ZodType<VersionList>;

export const versionDetail = z.object({
  name: packageName,
  version: z.string(),
  published_at: time,
  downloads: count,
  artifacts: z.array(
    z.object({
      platform,
      digest: prefixedDigest,
      size: count.describe('Bytes.'),
      download_url: z.string(),
      source_url: z.string().exactOptional(),
    }),
  ),
  manifest,
  release: z.object({ tag: z.string(), url: z.string().exactOptional() }).exactOptional(),
  publish_method: z.string(),
  provenance: provenance.nullable(),
}) satisfies z.ZodType<VersionDetail>;

export const download = z.object({
  url: z.string().describe('Where the artifact lies; it may redirect.'),
  bundle: z.object({ name: packageName, version: z.string(), platform, sha256: hexDigest, size: count }),
  expires_at: time.optional(),
});

const INDEX_TYPE = 'application/vnd.mcp.bundle.index.v0.1+json';

export const mcpbIndex = z.object({
  index_version: z.literal('0.1'),
  mimeType: z.literal(INDEX_TYPE),
  name: packageName,
  version: z.string(),
  description: z.string().nullable(),
  bundles: z.array(
    z.object({
      mimeType: z.string(),
      digest: prefixedDigest,
      size: count,
      platform,
      urls: z.array(z.string()),
    }),
  ),
  annotations: z.record(z.string(), z.string()),
});

const finding = z.object({
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  file: z.string().nullable(),
  line: z.int().min(0).nullable(),
  title: z.string(),
  remedy: z.string(),
  blocks: level.nullable(),
});

export const report = z.object({
  catalogue: z.string(),
  scanner: z.object({ name: z.string(), version: z.string() }),
  bundle: z.object({
    name: z.string().nullable(),
    version: z.string().nullable(),
    sha256: z.string().nullable(),
    size: count.nullable(),
    files: count,
  }),
  level,
  keepsFromNext: z.array(z.string()),
  controls: z.array(
    z.object({
      id: z.string(),
      level,
      title: z.string(),
      status: z.enum(['pass', 'fail', 'skip', 'error']),
      allows: level,
      reason: z.string().nullable(),
      findings: z.array(finding),
    }),
  ),
  at: time,
});

export const scan = z.object({
  name: packageName,
  version: z.string(),
  artifacts: z.array(
    z.object({
      platforms: z.array(platform),
      digest: prefixedDigest,
      queued: z.boolean().describe('A scan, or another one, is yet to come.'),
      level: level.nullable(),
      report: report.nullable(),
      omitted_findings: count,
    }),
  ),
});
