/**
 * Bundles to be certified: one that passes every control that can be judged from its bytes, and changes to it, so that
 * what a control says of a changed one is of that change alone.
 */
import type { Context } from '../../src/lib/certification/context.ts';
import type { ControlResult } from '../../src/lib/certification/control.ts';
import type { Report } from '../../src/lib/certification/report.ts';
import { type ScanOptions, scanArchive } from '../../src/lib/certification/scan.ts';
import { makeSbom } from '../../src/lib/pack/sbom.ts';
import { writeZip } from '../../src/lib/pack/zip-writer.ts';
import { serverManifest } from './server-project.ts';

export type Changes = Readonly<Record<string, string | Buffer | null>>;

const DATE = new Date('2026-01-01T00:00:00Z');
const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;

/** Where the packages of the baseline are from, by its lockfile. */
export const SOURCE = 'https://packages.example.com/npm/';

const SERVER = `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

const server = new McpServer({ name: 'echo', version: '1.0.0' });

server.registerTool(
  'echo',
  { description: 'Says it again.', inputSchema: { text: z.string() } },
  async ({ text }) => ({ content: [{ type: 'text', text }] }),
);

export default server;
`;

const MODULES = { '@modelcontextprotocol/sdk': '1.32.2', zod: '4.6.7' };

/** The manifest of the baseline. */
export function certifiedManifest(changes: Readonly<Record<string, unknown>> = {}) {
  return serverManifest({
    _meta: {
      'org.mpaktrust': {
        permissions: {
          filesystem: 'none',
          network: 'none',
          environment: 'none',
          subprocess: 'none',
          native: 'none',
        },
      },
    },
    ...changes,
  });
}

/**
 * The baseline with other files: a path with null is left out.
 * The SBOM lists what is vendored then, unless it is given itself.
 */
export function bundleOf(changes: Changes = {}): Buffer {
  const files = new Map<string, string | Buffer>(Object.entries(baseline()));
  for (const [name, content] of Object.entries(changes)) {
    if (content === null) files.delete(name);
    else files.set(name, content);
  }
  if (changes['sbom.cdx.json'] === undefined) {
    const read = (name: string) => Buffer.from(files.get(name) ?? '');
    const { text } = makeSbom(
      { name: '@acme/echo', version: '1.0.0' },
      { paths: new Set(files.keys()), read },
    );
    files.set('sbom.cdx.json', text);
  }
  return writeZip(
    [...files].map(([path, content]) => ({ path, content: Buffer.from(content) })),
    DATE,
  );
}

/** The baseline with another manifest. */
export function bundleWithManifest(changes: Readonly<Record<string, unknown>>, files: Changes = {}): Buffer {
  return bundleOf({ 'manifest.json': JSON.stringify(certifiedManifest(changes)), ...files });
}

export function scanOf(
  bytes: Uint8Array,
  context: Context = {},
  options: Partial<ScanOptions> = {},
): Promise<Report> {
  return scanArchive(bytes, {
    scanner: { name: 'mpak', version: '0.0.0' },
    at: DATE,
    context,
    ...options,
  });
}

export async function resultOf(bytes: Uint8Array, id: string, context: Context = {}): Promise<ControlResult> {
  const { controls } = await scanOf(bytes, context);
  return controls.find((each) => each.id === id) as ControlResult;
}

function baseline(): Record<string, string> {
  const files: Record<string, string> = {
    'manifest.json': JSON.stringify(certifiedManifest()),
    'server/index.js': SERVER,
    'package.json': JSON.stringify({
      name: 'echo',
      version: '1.0.0',
      type: 'module',
      dependencies: MODULES,
    }),
  };
  const packages: Record<string, unknown> = {
    '': { name: 'echo', version: '1.0.0', dependencies: MODULES },
  };
  for (const [name, version] of Object.entries(MODULES)) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({
      name,
      version,
      license: 'MIT',
      main: 'index.js',
    });
    files[`node_modules/${name}/index.js`] = 'module.exports = {};\n';
    packages[`node_modules/${name}`] = {
      version,
      resolved: `${SOURCE}${name}/-/${name.split('/').at(-1)}-${version}.tgz`,
      integrity: INTEGRITY,
    };
  }
  files['package-lock.json'] = JSON.stringify({
    name: 'echo',
    version: '1.0.0',
    lockfileVersion: 3,
    packages,
  });
  return files;
}
