/** A manifest for tests, resolved as it would be on a machine of the tests' own. */
import { MpakError } from '../../../src/lib/errors.ts';
import { readServerManifest } from '../../../src/lib/launch/manifest.ts';
import { type ResolvedServer, type ResolveOptions, resolveServer } from '../../../src/lib/launch/resolve.ts';

export interface ManifestParts {
  readonly server?: unknown;
  readonly user_config?: unknown;
  readonly compatibility?: unknown;
}

export function resolved(
  parts: ManifestParts,
  changes: Partial<Omit<ResolveOptions, 'manifest'>> = {},
): ResolvedServer {
  return resolveServer({
    folder: '/bundle',
    manifest: readServerManifest(manifestOf(parts)),
    values: {},
    stored: {},
    environment: {},
    platform: 'linux',
    cwd: '/srv/here',
    home: '/home/user',
    ...changes,
  });
}

export function manifestOf(parts: ManifestParts): Record<string, unknown> {
  return {
    manifest_version: '0.3',
    name: 'echo',
    version: '1.0.0',
    description: 'Says it again.',
    author: { name: 'Acme' },
    server: { type: 'node', entry_point: 'server/index.js' },
    ...parts,
  };
}

/** A server whose command and arguments are given; node unless said otherwise. */
export function serverWith(config: Record<string, unknown>, type = 'node') {
  return { type, entry_point: 'server/index.js', mcp_config: { command: 'node', args: ['x'], ...config } };
}

/** The error that the work ends with. */
export function errorOf(work: () => unknown): MpakError {
  try {
    work();
  } catch (error) {
    if (error instanceof MpakError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export async function rejectionOf(work: Promise<unknown>): Promise<MpakError> {
  const outcome = await work.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
  if (outcome instanceof MpakError) return outcome;
  throw outcome;
}
