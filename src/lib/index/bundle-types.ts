/**
 * The shapes in which packages are answered, by a registry over HTTP and by the command line with `--json`: API.md's,
 * field by field.
 */
import type { Architecture, Manifest, OperatingSystem, Provenance } from '../log/entry.ts';

/** Where a version was built, in short; its claims only in details. */
export type ProvenanceSummary = Omit<Provenance, 'claims'>;

export interface Bundle {
  readonly name: string;
  readonly display_name: string | null;
  readonly description: string | null;
  readonly author: { readonly name: string } | null;
  readonly latest_version: string;
  readonly icon: string | null;
  readonly server_type: string | null;
  readonly tools: readonly { readonly name: string; readonly description?: string }[];
  readonly downloads: number;
  /** ISO 8601 UTC, of the latest version. */
  readonly published_at: string;
  /** The latest version was announced by a verified GitHub Actions identity. */
  readonly verified: boolean;
  readonly provenance: ProvenanceSummary | null;
  readonly certification_level: number | null;
}

export interface BundlePage {
  readonly bundles: readonly Bundle[];
  /** Packages that match, on all pages. */
  readonly total: number;
  readonly pagination: { readonly limit: number; readonly offset: number; readonly has_more: boolean };
}

export interface Certification {
  readonly level: number;
  readonly level_name: string;
  readonly controls_passed: number;
  readonly controls_failed: number;
  readonly controls_total: number;
}

export interface BundleDetail extends Omit<Bundle, 'provenance' | 'latest_version'> {
  /** Null when every version is revoked: then only an index answers, and a registry says 410 instead. */
  readonly latest_version: string | null;
  readonly homepage: string | null;
  readonly license: string | null;
  readonly provenance: Provenance | null;
  readonly certification: Certification | null;
  /** Those that are not revoked, highest first. */
  readonly versions: readonly {
    readonly version: string;
    readonly published_at: string;
    readonly downloads: number;
  }[];
}

export interface Platform {
  readonly os: OperatingSystem;
  readonly arch: Architecture;
}

export interface VersionList {
  readonly name: string;
  /** Null when every version is revoked. */
  readonly latest: string | null;
  /** Those that are not revoked, highest first. */
  readonly versions: readonly {
    readonly version: string;
    readonly artifacts_count: number;
    readonly platforms: readonly Platform[];
    readonly published_at: string;
    readonly downloads: number;
    readonly publish_method: string;
    readonly provenance: ProvenanceSummary | null;
  }[];
}

export interface VersionDetail {
  readonly name: string;
  readonly version: string;
  readonly published_at: string;
  readonly downloads: number;
  readonly artifacts: readonly {
    readonly platform: Platform;
    /** `sha256:` and hex. */
    readonly digest: string;
    readonly size: number;
    readonly download_url: string;
    readonly source_url?: string;
  }[];
  readonly manifest: Manifest;
  readonly release?: { readonly tag: string; readonly url?: string };
  readonly publish_method: string;
  readonly provenance: Provenance | null;
}

export const OPERATING_SYSTEMS = [
  'darwin',
  'linux',
  'win32',
  'any',
] as const satisfies readonly OperatingSystem[];
export const ARCHITECTURES = ['x64', 'arm64', 'any'] as const satisfies readonly Architecture[];

export const SORTS = ['relevance', 'downloads', 'recent', 'name'] as const;
export type Sort = (typeof SORTS)[number];

export const SERVER_TYPES = ['node', 'python', 'binary', 'uv'] as const;
export type ServerType = (typeof SERVER_TYPES)[number];

/** What an index of the MCP registry lists besides bundles: run by the programs of others, and never installed. */
export const OTHER_TYPES = ['npm', 'pypi', 'oci'] as const;
export type OtherType = (typeof OTHER_TYPES)[number];

/** What is searched for. Everything is optional but the window. */
export interface SearchQuery {
  /** As typed; empty lists everything. */
  readonly q?: string;
  readonly type?: ServerType;
  /** Certified at this level or a higher one, 1 to 4. */
  readonly certified?: number;
  /** Runs there: the same, or `any`. Of the latest version. */
  readonly os?: OperatingSystem;
  readonly arch?: Architecture;
  /** Leaves out packages whose latest version was deprecated before this time, ISO 8601 UTC. */
  readonly deprecatedBefore?: string;
  /** Also what is no bundle. */
  readonly allTypes?: boolean;
  /** Default: relevance with a query, downloads without. */
  readonly sort?: Sort;
  /** 1 to 100. */
  readonly limit: number;
  /** From 0. */
  readonly offset: number;
}
