/** The software bill of materials of an executable: CycloneDX, what of the lockfile is in it, and Node. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pkg from '../package.json' with { type: 'json' };
import { makeSbom } from '../src/lib/pack/sbom.ts';
import type { Chunk, Program } from './bundle.ts';
import { keyringPackage } from './keyring.ts';
import { bundledPackages } from './licences.ts';
import type { Target } from './node-binary.ts';
import packages from './node-packages.json' with { type: 'json' };

const ROOT = path.join(import.meta.dirname, '..');

/** The document's text: the same for the same lockfile. */
export function billOf(program: Program, target: Target, chunks: readonly Chunk[]): string {
  const { package: name, integrity } = packages[target];
  const node = {
    name,
    version: pkg.devDependencies.node,
    license: 'MIT',
    folder: path.join(ROOT, 'node_modules', name),
  };
  const files = new Map<string, Buffer>([['package-lock.json', lockWith(node, integrity)]]);
  const addons = program === 'mpak' ? [keyring(target)] : [];
  for (const { folder, ...described } of [...bundledPackages(chunks), ...addons, node]) {
    const place = path.relative(ROOT, folder).split(path.sep).join('/');
    files.set(`${place}/package.json`, Buffer.from(JSON.stringify(described)));
  }
  const { text, unknown } = makeSbom(
    { name: program, version: pkg.version, license: pkg.license },
    { paths: new Set(files.keys()), read: (file) => files.get(file) as Buffer },
  );
  if (unknown.length > 0) throw new Error(`nobody knows what ${unknown.join(', ')} is`);
  return text;
}

/** Of a platform that this machine may not be: nothing of it needs to be installed here. */
function keyring(target: Target) {
  const { name, version } = keyringPackage(target);
  return { name, version, license: 'MIT', folder: path.join(ROOT, 'node_modules', name) };
}

/** The lockfile, and the Node of that target, which is pinned beside it. */
function lockWith(node: { readonly name: string; readonly version: string }, integrity: string): Buffer {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  lock.packages[`node_modules/${node.name}`] = { version: node.version, integrity };
  return Buffer.from(JSON.stringify(lock));
}
