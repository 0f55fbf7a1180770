/**
 * The answers of the MCP registry's read interface (API.md, and the server.json schema of 2025-12-11), parsed at the border.
 * What is not of its form is left out one by one.
 */
import semver from 'semver';
import { z } from 'zod';
import type { Platform } from '../index/bundle-types.ts';
import type { CrawledArtifact, CrawledPackage, OtherPackage } from '../index/crawled-types.ts';
import type { Manifest } from '../log/entry.ts';
import { filenameOf, httpsUrl, present } from './bundles-answers.ts';
import { CRAWL_LIMITS } from './limits.ts';
import { packageNameOf } from './server-name.ts';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';

const pageSchema = z.looseObject({
  servers: z.array(z.unknown()).max(CRAWL_LIMITS.pageSize),
  metadata: z.looseObject({ nextCursor: z.string().max(2048).nullish() }),
});

const packageSchema = z.looseObject({
  registryType: z.string().max(32),
  registryBaseUrl: z.string().max(2048).nullish(),
  identifier: z.string().max(2048),
  version: z.string().max(256).nullish(),
  fileSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .nullish(),
});
type Package = z.infer<typeof packageSchema>;

const entrySchema = z.looseObject({
  server: z.looseObject({
    name: z.string().max(256),
    title: z.string().max(1024).nullish(),
    description: z.string().max(16_384).nullish(),
    version: z.string().max(256),
    websiteUrl: z.string().max(2048).nullish(),
    packages: z.array(z.unknown()).max(CRAWL_LIMITS.artifacts).nullish(),
  }),
  _meta: z.looseObject({
    [OFFICIAL]: z.looseObject({
      status: z.string().max(32).nullish(),
      publishedAt: z.iso.datetime({ offset: true }),
    }),
  }),
});

export interface ServerPage {
  /** Those of the right form that have a package of a kind that is known. */
  readonly packages: readonly CrawledPackage[];
  /** Packages that are deleted, or have nothing to run any more. */
  readonly deleted: readonly { readonly name: string; readonly original: string }[];
  /** How many there were. */
  readonly length: number;
  /** Undefined: it is the last one. */
  readonly next: string | undefined;
}

/** @returns undefined when it is no page of servers */
export function parseServerPage(json: unknown): ServerPage | undefined {
  const page = pageSchema.safeParse(json);
  if (!page.success) return undefined;
  const { servers, metadata } = page.data;
  const parsed = servers.flatMap((entry) => parseServer(entry) ?? []);
  return {
    packages: parsed.flatMap((server) => ('version' in server ? [server] : [])),
    deleted: parsed.flatMap((server) => ('version' in server ? [] : [server])),
    length: servers.length,
    next: metadata.nextCursor || undefined,
  };
}

/** @returns undefined when it is no server; without a version when there is nothing to run of it */
export function parseServer(json: unknown): CrawledPackage | { name: string; original: string } | undefined {
  const entry = entrySchema.safeParse(json);
  if (!entry.success) return undefined;
  const { server, _meta } = entry.data;
  const name = packageNameOf(server.name);
  // Not every server has a semantic version, and a package must.
  const version = semver.valid(server.version) ?? semver.coerce(server.version)?.version;
  if (name === undefined || version === undefined) return undefined;
  const packages = (server.packages ?? []).flatMap((each) => {
    const parsed = packageSchema.safeParse(each);
    return parsed.success ? [parsed.data] : [];
  });
  const artifacts = packages.flatMap((each) => artifactOf(each) ?? []);
  const elsewhere = packages.flatMap((each) => otherOf(each) ?? []);
  const [other] = elsewhere;
  const original = server.name;
  const { status, publishedAt } = _meta[OFFICIAL] as { status?: string | null; publishedAt: string };
  if (status === 'deleted' || (artifacts.length === 0 && other === undefined)) return { name, original };
  const manifest: Manifest = {
    name,
    version,
    ...present('display_name', server.title),
    ...present('description', server.description),
    ...present('homepage', server.websiteUrl),
    ...present('server', artifacts.length === 0 && other ? { type: other.type } : undefined),
  };
  return {
    name,
    original,
    version,
    published_at: new Date(publishedAt).toISOString(),
    downloads: 0,
    manifest,
    repository: null,
    commit_sha: null,
    certification_level: null,
    artifacts,
    elsewhere,
  };
}

/** Without a digest nobody knows what should be there: it is left out. */
function artifactOf({ registryType, identifier, fileSha256 }: Package): CrawledArtifact | undefined {
  if (registryType !== 'mcpb' || !fileSha256 || !httpsUrl.safeParse(identifier).success) return undefined;
  const filename = filenameOf(identifier, 'bundle.mcpb');
  return {
    platform: platformOf(filename),
    filename,
    sha256: fileSha256.toLowerCase(),
    size: 0,
    url: identifier,
  };
}

/** The registry does not say for which system a bundle is; the names of files do, by custom. */
export function platformOf(filename: string): Platform {
  const words = new Set(filename.toLowerCase().split(/[^a-z0-9]+/));
  const has = (...names: string[]) => names.some((name) => words.has(name));
  const os = has('darwin', 'macos', 'mac', 'osx')
    ? 'darwin'
    : has('linux')
      ? 'linux'
      : has('win32', 'windows', 'win', 'win64')
        ? 'win32'
        : 'any';
  // `x86_64` is two words.
  const arch = has('arm64', 'aarch64') ? 'arm64' : has('x64', 'amd64', 'x86', 'win64') ? 'x64' : 'any';
  return os === 'any' ? { os, arch: 'any' } : { os, arch };
}

/** Registries that programs ask by themselves. */
const USUAL: Readonly<Record<string, RegExp>> = {
  npm: /^https:\/\/registry\.npmjs\.org\/?$/,
  pypi: /^https:\/\/pypi\.org(\/simple)?\/?$/,
};
/** What may stand in a command line that people copy: no option, no blank, nothing that a shell reads. */
const IDENTIFIER: Readonly<Record<OtherPackage['type'], RegExp>> = {
  npm: /^(?:@[A-Za-z0-9][A-Za-z0-9._-]*\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/,
  pypi: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  oci: /^[A-Za-z0-9][A-Za-z0-9._-]*(?::\d+)?(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]*)?(?:@sha256:[0-9a-f]{64})?$/,
};
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

function otherOf({ registryType, registryBaseUrl, identifier, version }: Package): OtherPackage | undefined {
  if (registryType !== 'npm' && registryType !== 'pypi' && registryType !== 'oci') return undefined;
  const type = registryType;
  if (registryBaseUrl && USUAL[type] !== undefined && !USUAL[type].test(registryBaseUrl)) return undefined;
  const host = type === 'oci' && registryBaseUrl ? URL.parse(registryBaseUrl)?.host : undefined;
  const isNamed = host === undefined || identifier.startsWith(`${host}/`) || host === 'docker.io';
  const full = isNamed ? identifier : `${host}/${identifier}`;
  if (!IDENTIFIER[type].test(full)) return undefined;
  if (version && !VERSION.test(version)) return undefined;
  // An image says its version itself, or by its digest.
  const isTagged = type === 'oci' && /[:@][^/]*$/.test(full);
  return { type, identifier: full, version: isTagged ? null : (version ?? null) };
}
