/** GET /v1/bundles/@s/n/versions/V/download: where a version's artifact for a platform is. It lies on GitHub. */
import { ARCHITECTURES, OPERATING_SYSTEMS, type Platform } from '../../src/lib/index/bundle-types.ts';
import { type Artifact, artifactsOf, chooseArtifact } from '../../src/lib/index/read-artifact.ts';
import type { Handler } from '../http.ts';
import { badRequest, choiceQuery, packageParameter, readQuery } from './parameters.ts';
import { liveVersion, notFound } from './published.ts';

export const platformSchema = {
  os: choiceQuery(OPERATING_SYSTEMS).describe('With arch, or not at all. Neither: any.'),
  arch: choiceQuery(ARCHITECTURES).describe('With os, or not at all.'),
};

export const download: Handler = (request, { db, countDownload }) => {
  const platform = platformParameter(request.query);
  const name = packageParameter(request);
  const version = liveVersion(db, name, request.params.version ?? '');
  const artifacts = artifactsOf(db, version.id);
  const artifact = chooseArtifact(artifacts, platform);
  if (artifact === undefined) {
    throw notFound(
      `${name}@${version.version} has no artifact for ${describe(platform)}; ${offer(artifacts)}`,
    );
  }
  if (request.method !== 'HEAD') countDownload(version.id);
  // Every request is to be counted, and a revocation must count at once: nothing in between may answer for us.
  const headers = { 'cache-control': 'no-store', vary: 'accept' };
  const { url, sha256, size } = artifact;
  if (acceptsJson(request.headers.accept)) {
    const bundle = { name, version: version.version, platform: artifact.platform, sha256, size };
    return { status: 200, headers, json: { url, bundle } };
  }
  // As a URL parser writes it: what the log holds may have characters that no header may.
  return { status: 302, headers: { ...headers, location: new URL(url).href }, body: '' };
};

/** Both or neither of os and arch. */
function platformParameter(query: URLSearchParams): Platform | undefined {
  const { os, arch } = readQuery(query, platformSchema);
  if (os === undefined && arch === undefined) return undefined;
  if (os === undefined) throw badRequest('arch is given without os: give both or neither.');
  if (arch === undefined) throw badRequest('os is given without arch: give both or neither.');
  return { os, arch };
}

function describe(platform: Platform | undefined): string {
  return platform === undefined ? 'any platform' : `${platform.os}/${platform.arch}`;
}

function offer(artifacts: readonly Artifact[]): string {
  return `it has ${artifacts.map(({ platform }) => describe(platform)).join(', ')}.`;
}

/** Whether the client names JSON; what takes anything, as browsers and curl do, is redirected. */
function acceptsJson(accept: string | undefined): boolean {
  const ranges = (accept ?? '').toLowerCase().split(',');
  return ranges.some((range) => range.split(';')[0]?.trim() === 'application/json');
}
