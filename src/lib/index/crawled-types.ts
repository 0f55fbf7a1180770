/** What registries without a log say, parsed at the border: what `CrawledApplier` turns into rows. */
import type { Manifest, Provenance } from '../log/entry.ts';
import type { OtherType, Platform } from './bundle-types.ts';

/** The same server as a package of another kind. */
export interface OtherPackage {
  readonly type: OtherType;
  readonly identifier: string;
  /** Null for an image whose identifier says it. */
  readonly version: string | null;
}

export interface CrawledArtifact {
  readonly platform: Platform;
  readonly filename: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes; 0: its registry does not say. */
  readonly size: number;
  readonly url: string;
}

/** A package as a list shows it. */
export interface CrawledPackage {
  readonly name: string;
  /** What its registry calls it; null: the same. */
  readonly original: string | null;
  readonly version: string;
  readonly published_at: string;
  readonly downloads: number;
  /** Made of what the list says, in the shape of a bundle's own. */
  readonly manifest: Manifest;
  readonly repository: string | null;
  readonly commit_sha: string | null;
  readonly certification_level: number | null;
  /** Undefined: they are asked for when they are needed. */
  readonly artifacts: readonly CrawledArtifact[] | undefined;
  readonly elsewhere: readonly OtherPackage[];
}

/** A version as a list of all versions shows it. */
export interface CrawledVersion {
  readonly version: string;
  readonly published_at: string;
  readonly downloads: number;
}

/** All that is known of a version. */
export interface CrawledDetails extends CrawledVersion {
  readonly manifest: Manifest;
  readonly artifacts: readonly CrawledArtifact[];
  readonly release: { readonly tag: string; readonly url?: string } | null;
  /** What its registry recorded, proven by nothing. */
  readonly provenance: Provenance | null;
}
