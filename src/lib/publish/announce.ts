/** Announcing bundles of a release, one after the other: API.md, "Announce". */
import semver from 'semver';
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { type PublishableBundle, readBundleFile } from './bundle-file.ts';
import type { PublisherClient } from './publisher-client.ts';
import { type Warning, warningsSchema } from './registry-answer.ts';
import type { ReleaseReference } from './release.ts';

export const ANNOUNCE_PATH = '/v1/bundles/announce';

/** The body of the request. */
export interface AnnouncementBody {
  readonly name: string;
  readonly version: string;
  readonly manifest: unknown;
  readonly release_tag: string;
  readonly prerelease: boolean;
  readonly artifact: Platform & { readonly filename: string; readonly sha256: string; readonly size: number };
}

export interface AnnouncedArtifact {
  readonly file: string;
  readonly package: string;
  readonly version: string;
  readonly artifact: AnnouncementBody['artifact'];
  readonly status: 'created' | 'updated';
  /** Whether the registry found an attestation that verifies; null when it does not say. */
  readonly attested: boolean | null;
  readonly warnings: readonly Warning[];
}

export interface FailedArtifact {
  readonly file: string;
  readonly error: MpakError;
}

const answerSchema = z.object({
  status: z.enum(['created', 'updated']),
  attested: z.boolean().nullish(),
  warnings: warningsSchema,
});

export function announcementOf(bundle: PublishableBundle, release: ReleaseReference): AnnouncementBody {
  const { name, version, manifest, platform, filename, sha256, size } = bundle;
  return {
    name,
    version,
    manifest,
    release_tag: release.tag,
    // A pushed tag does not say: then the version does.
    prerelease: release.prerelease ?? semver.prerelease(version) !== null,
    artifact: { filename, os: platform.os, arch: platform.arch, sha256, size },
  };
}

/**
 * Announces every file, whatever becomes of the others.
 * @param options.platform what was given of it, for all of them; the rest is detected of each
 * @param options.onResult called as each is done
 */
export async function announceFiles(
  files: readonly string[],
  options: {
    readonly client: PublisherClient;
    readonly release: ReleaseReference;
    readonly platform: Partial<Platform>;
    readonly onResult: (result: AnnouncedArtifact | FailedArtifact) => void;
  },
): Promise<{ announced: AnnouncedArtifact[]; failed: FailedArtifact[] }> {
  const announced: AnnouncedArtifact[] = [];
  const failed: FailedArtifact[] = [];
  for (const file of files) {
    try {
      const bundle = readBundleFile(file, options.platform);
      const result = await announceBundle(bundle, options.release, options.client);
      announced.push(result);
      options.onResult(result);
    } catch (error) {
      if (!(error instanceof MpakError)) throw error;
      const result = { file, error };
      failed.push(result);
      options.onResult(result);
    }
  }
  return { announced, failed };
}

async function announceBundle(
  bundle: PublishableBundle,
  release: ReleaseReference,
  client: PublisherClient,
): Promise<AnnouncedArtifact> {
  const body = announcementOf(bundle, release);
  const { name, version, artifact } = body;
  const what = `${name} ${version} for ${artifact.os}-${artifact.arch}`;
  const answer = await client.post(ANNOUNCE_PATH, JSON.stringify(body), what, answerSchema);
  const { status, attested = null, warnings } = answer;
  return { file: bundle.file, package: name, version, artifact, status, attested, warnings };
}
