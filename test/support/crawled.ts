/** A package as the list of a registry without a log says it. */
import type { CrawledArtifact, CrawledPackage } from '../../src/lib/index/crawled-types.ts';

export function crawledPackage(
  name: string,
  version = '1.0.0',
  artifacts?: readonly CrawledArtifact[],
): CrawledPackage {
  return {
    name,
    original: null,
    version,
    published_at: '2026-02-01T00:00:00.000Z',
    downloads: 0,
    manifest: { name, version },
    repository: null,
    commit_sha: null,
    certification_level: null,
    artifacts,
    elsewhere: [],
  };
}

export function crawledArtifact(digit: string): CrawledArtifact {
  return {
    platform: { os: 'any', arch: 'any' },
    filename: 'x.mcpb',
    sha256: digit.repeat(64),
    size: 1,
    url: `https://example.com/${digit}.mcpb`,
  };
}
