/** Entries of a log for tests: valid unless a test changes them. */
import { createHash } from 'node:crypto';
import type { PublishEntry } from '../../src/lib/log/entry.ts';

export function publishEntry(
  name: string,
  version = '1.0.0',
  changes: Partial<Omit<PublishEntry, 'artifact'>> & { artifact?: Partial<PublishEntry['artifact']> } = {},
): PublishEntry {
  const { artifact, ...rest } = changes;
  const platform = { os: artifact?.os ?? 'any', arch: artifact?.arch ?? 'any' } as const;
  const sha256 = createHash('sha256')
    .update(`${name}@${version}-${platform.os}-${platform.arch}`)
    .digest('hex');
  return {
    kind: 'publish',
    package: name,
    version,
    prerelease: false,
    at: '2026-05-01T12:00:00.000Z',
    manifest: {
      manifest_version: '0.3',
      name,
      version,
      description: `What ${name} does`,
      server: { type: 'node' },
    },
    release: { tag: `v${version}`, url: 'https://example.com/release' },
    artifact: {
      filename: 'bundle.mcpb',
      ...platform,
      sha256,
      size: 1000,
      url: `https://example.com/${sha256}.mcpb`,
      ...artifact,
    },
    provenance: null,
    attestation: null,
    ...rest,
  };
}

/** Many packages: @acme/p0, @acme/p1 … */
export function publishEntries(count: number, from = 0): PublishEntry[] {
  return Array.from({ length: count }, (_, index) => publishEntry(`@acme/p${from + index}`));
}
