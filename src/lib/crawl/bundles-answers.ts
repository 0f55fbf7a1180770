/**
 * The answers of a registry that has bundle paths and no log (API.md, "Bundles"), parsed at the border. What is not of its
 * form is left out one by one: a single entry must not keep anybody from the rest.
 */
import semver from 'semver';
import { z } from 'zod';
import { parsePackageName } from '../bundle/name.ts';
import type { CrawledDetails, CrawledPackage, CrawledVersion } from '../index/crawled-types.ts';
import { isDeeperThan } from '../log/depth.ts';
import {
  architecture,
  MAX_ENTRY_DEPTH,
  type Manifest,
  manifestSchema,
  operatingSystem,
  provenanceSchema,
  version,
} from '../log/entry.ts';
import { CRAWL_LIMITS } from './limits.ts';

const optionalText = (max: number) => z.string().max(max).nullish();
/** Kept as it is said, but for its offset: dates of an index are compared as texts. */
const at = z.iso
  .datetime({ offset: true })
  .transform((said) => (said.endsWith('Z') ? said : new Date(said).toISOString()));
const downloads = z.int().min(0).catch(0);
export const httpsUrl = z.url({ protocol: /^https?$/ }).max(2048);

const searchSchema = z.looseObject({
  bundles: z.array(z.unknown()).max(CRAWL_LIMITS.pageSize),
  pagination: z.looseObject({ has_more: z.boolean() }),
});

const bundleSchema = z.looseObject({
  name: z.string().max(256),
  display_name: optionalText(1024),
  description: optionalText(16_384),
  author: z.looseObject({ name: z.string().max(1024) }).nullish(),
  latest_version: version,
  icon: optionalText(4096),
  server_type: optionalText(32),
  tools: z
    .array(z.looseObject({ name: z.string().max(1024), description: optionalText(16_384) }))
    .max(4096)
    .nullish(),
  downloads,
  published_at: at,
  provenance: z.looseObject({ repository: z.string().max(512), sha: z.string().max(64) }).nullish(),
  certification_level: z.int().min(0).max(4).nullish(),
});

/** A page of a list. */
export interface SearchPage {
  /** Those of the right form, in the order of the list. */
  readonly packages: readonly CrawledPackage[];
  /** How many there were. */
  readonly length: number;
  readonly hasMore: boolean;
}

/** @returns undefined when it is no page of bundles */
export function parseSearchPage(json: unknown): SearchPage | undefined {
  const page = searchSchema.safeParse(json);
  if (!page.success) return undefined;
  const { bundles, pagination } = page.data;
  return {
    packages: bundles.flatMap((bundle) => parseBundle(bundle) ?? []),
    length: bundles.length,
    hasMore: pagination.has_more,
  };
}

function parseBundle(json: unknown): CrawledPackage | undefined {
  const parsed = bundleSchema.safeParse(json);
  const name = parsed.success ? parsePackageName(parsed.data.name) : undefined;
  if (!parsed.success || name === undefined || name !== parsed.data.name) return undefined;
  const bundle = parsed.data;
  const manifest: Manifest = {
    name,
    version: bundle.latest_version,
    ...present('display_name', bundle.display_name),
    ...present('description', bundle.description),
    ...present('author', bundle.author && { name: bundle.author.name }),
    ...present('icon', bundle.icon),
    ...present('server', bundle.server_type ? { type: bundle.server_type } : undefined),
    ...present(
      'tools',
      bundle.tools?.map((tool) => ({ name: tool.name, ...present('description', tool.description) })),
    ),
  };
  return {
    name,
    original: null,
    version: bundle.latest_version,
    published_at: bundle.published_at,
    downloads: bundle.downloads,
    manifest,
    repository: bundle.provenance?.repository ?? null,
    commit_sha: bundle.provenance?.sha ?? null,
    certification_level: bundle.certification_level ?? null,
    artifacts: undefined,
    elsewhere: [],
  };
}

export function present<K extends string, V>(
  key: K,
  value: V | null | undefined,
): Partial<Record<K, NonNullable<V>>> {
  return value === null || value === undefined
    ? {}
    : ({ [key]: value } as Partial<Record<K, NonNullable<V>>>);
}

const versionListSchema = z.looseObject({ versions: z.array(z.unknown()) });
const listedVersionSchema = z.looseObject({ version, published_at: at, downloads });

/** @returns undefined when it is no list of versions */
export function parseVersionList(json: unknown): CrawledVersion[] | undefined {
  const list = versionListSchema.safeParse(json);
  if (!list.success) return undefined;
  const versions = list.data.versions.slice(0, CRAWL_LIMITS.versions).flatMap((listed) => {
    const parsed = listedVersionSchema.safeParse(listed);
    return parsed.success ? [parsed.data] : [];
  });
  return versions.sort((a, b) => semver.rcompare(a.version, b.version));
}

const detailSchema = z.looseObject({
  name: z.string(),
  version,
  published_at: at,
  downloads,
  artifacts: z
    .array(
      z.looseObject({
        platform: z.looseObject({ os: operatingSystem, arch: architecture }),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and lower-case hex'),
        size: z.int().min(0),
        download_url: httpsUrl,
        source_url: z.string().max(2048).nullish(),
      }),
    )
    .max(CRAWL_LIMITS.artifacts),
  manifest: manifestSchema,
  release: z.looseObject({ tag: z.string().max(1024), url: httpsUrl.nullish() }).nullish(),
  provenance: z.unknown(),
});

/**
 * @returns undefined when it is no version, or not this one
 */
export function parseVersionDetail(
  json: unknown,
  wanted: { readonly name: string; readonly version: string },
): CrawledDetails | undefined {
  if (isDeeperThan(json, MAX_ENTRY_DEPTH)) return undefined;
  const parsed = detailSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const detail = parsed.data;
  if (detail.name !== wanted.name || detail.version !== wanted.version) return undefined;
  const provenance = provenanceSchema.safeParse(detail.provenance);
  return {
    version: detail.version,
    published_at: detail.published_at,
    downloads: detail.downloads,
    manifest: detail.manifest,
    release: detail.release ? { tag: detail.release.tag, ...present('url', detail.release.url) } : null,
    provenance: provenance.success ? provenance.data : null,
    artifacts: detail.artifacts.map(({ platform, digest, size, download_url, source_url }) => {
      const url = assetUrl(download_url, source_url);
      return {
        platform: { os: platform.os, arch: platform.arch },
        sha256: digest.slice('sha256:'.length),
        size,
        url,
        filename: filenameOf(url, `${detail.name.slice(detail.name.indexOf('/') + 1)}.mcpb`),
      };
    }),
  };
}

/** Where the publisher keeps it, rather than where a registry hands it on: what it redirects to may end. */
function assetUrl(downloadUrl: string, sourceUrl: string | null | undefined): string {
  return sourceUrl && /^https:\/\/github\.com\//.test(sourceUrl) && httpsUrl.safeParse(sourceUrl).success
    ? sourceUrl
    : downloadUrl;
}

/** The last part of a URL's path, when it can be a file's name. */
export function filenameOf(url: string, otherwise: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  return /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,250}$/.test(last) && last.endsWith('.mcpb') ? last : otherwise;
}
