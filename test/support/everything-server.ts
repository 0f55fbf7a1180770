/**
 * A real MCP server as a real bundle: @modelcontextprotocol/server-everything as npm installed it here, with its
 * dependencies vendored, packed with the reference tool of the bundle format.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { packExtension } from '@anthropic-ai/mcpb';
import type { Manifest } from '../../src/lib/log/entry.ts';

const SERVER = '@modelcontextprotocol/server-everything';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Packs the server into a bundle.
 * @param name the package name to give it: `@scope/name`
 * @param file where the bundle is written
 * @returns its manifest
 */
export async function packEverythingServer(name: string, file: string): Promise<Manifest> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-pack-'));
  try {
    const manifest = writeEverythingServer(name, folder);
    const packed = await packExtension({ extensionPath: folder, outputPath: file, silent: true });
    if (!packed) throw new Error(`${name} could not be packed`);
    return manifest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the server with its dependencies and a manifest into a folder: what is packed. @returns the manifest */
export function writeEverythingServer(name: string, folder: string): Manifest {
  const packageFile = findPackageJSON(SERVER, import.meta.url) as string;
  vendor(packageFile, folder, folder);
  const server = readPackage(packageFile);
  const manifest = {
    manifest_version: '0.3',
    name,
    display_name: 'Everything',
    // Three numbers without leading zeros: its version is a date, and a semantic version too.
    version: server.version,
    description: server.description,
    author: { name: 'Model Context Protocol' },
    license: 'MIT',
    homepage: 'https://modelcontextprotocol.io',
    keywords: ['reference', 'protocol', 'testing'],
    server: {
      type: 'node',
      entry_point: 'dist/index.js',
      mcp_config: { command: 'node', args: ['\u0024{__dirname}/dist/index.js', 'stdio'] },
    },
    tools: [
      { name: 'echo', description: 'Echoes back the input string' },
      { name: 'get-sum', description: 'Returns the sum of two numbers' },
    ],
  };
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest, undefined, 2));
  return manifest;
}

/** Copies a package, and what it depends on, into `to`, each dependency into a node_modules where it will be found. */
function vendor(packageFile: string, to: string, root: string): void {
  const from = path.dirname(packageFile);
  cpSync(from, to, {
    recursive: true,
    filter: (source) => source === from || !isNestedModules(source, from),
  });
  for (const dependency of Object.keys(readPackage(packageFile).dependencies ?? {})) {
    const found = packageFileOf(dependency, packageFile);
    const version = readPackage(found).version;
    const shared = path.join(root, 'node_modules', dependency);
    const place = versionAt(shared) === undefined ? shared : path.join(to, 'node_modules', dependency);
    if (versionAt(shared) === version || versionAt(place) === version) continue;
    mkdirSync(place, { recursive: true });
    vendor(found, place, root);
  }
}

function isNestedModules(source: string, from: string): boolean {
  return path.relative(from, source).split(path.sep).includes('node_modules');
}

/** The package.json that a package means by a name: in its own node_modules, or one above. */
function packageFileOf(dependency: string, packageFile: string): string {
  for (let folder = path.dirname(packageFile); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', dependency, 'package.json');
    if (versionAt(path.dirname(candidate)) !== undefined) return candidate;
    if (folder === path.dirname(folder)) throw new Error(`${dependency} is not installed`);
  }
}

function versionAt(folder: string): string | undefined {
  try {
    return readPackage(path.join(folder, 'package.json')).version;
  } catch {
    return undefined;
  }
}

function readPackage(file: string): PackageJson {
  return JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
}
