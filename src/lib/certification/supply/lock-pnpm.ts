/** pnpm-lock.yaml 6 and 9 (https://github.com/pnpm/spec/tree/master/lockfile) and bun.lock, which is JSON with more commas. */
import { type JsonObject, listOf, objectOf, textOf } from '../safe-json.ts';
import {
  gitSource,
  isCommit,
  type LockedDependency,
  type LockedSource,
  type ReadLock,
  strengthOf,
} from './locked.ts';

export function readPnpm(lock: JsonObject): ReadLock {
  const version = String(lock.lockfileVersion ?? '');
  if (!/^(?:6|9)\.\d+$/.test(version)) return { problem: 'is of a version that is not read: 6 and 9 are' };
  const dependencies = Object.entries(objectOf(lock.packages) ?? {}).map(([key, value]) =>
    pnpm(key, objectOf(value) ?? {}),
  );
  return { dependencies };
}

function pnpm(key: string, entry: JsonObject): LockedDependency {
  // A key ends with the peers that it was resolved with.
  const [name, reference] = split(key.replace(/^\//, '').replace(/\(.*$/, ''));
  const resolution = objectOf(entry.resolution) ?? {};
  const source = pnpmSource(resolution);
  return {
    type: 'npm',
    name: textOf(entry.name) ?? name,
    version: textOf(entry.version) ?? reference,
    folder: undefined,
    hashed: source.kind === 'project' ? 'yes' : strengthOf(textOf(resolution.integrity)),
    source,
  };
}

function pnpmSource(resolution: JsonObject): LockedSource {
  const { type, repo, commit, tarball, directory } = resolution;
  if (type === 'git' || repo !== undefined) {
    return { kind: 'git', url: textOf(repo) ?? '', commit: isCommit(textOf(commit)) };
  }
  if (type === 'directory' || directory !== undefined) return { kind: 'project' };
  const url = textOf(tarball);
  if (url?.startsWith('file:')) return { kind: 'project' };
  // The registry's own archives are left out where they are at the place that every registry has them.
  return { kind: 'registry', archives: url === undefined ? [] : [url] };
}

/** `[ident, registry or archive, dependencies, integrity]`, shorter for what is of no registry. */
export function readBun(lock: JsonObject): ReadLock {
  const packages = objectOf(lock.packages);
  if (lock.lockfileVersion === undefined || packages === undefined)
    return { problem: 'is no lockfile of bun' };
  const dependencies = Object.values(packages).map((value): LockedDependency => {
    const entry = listOf(value) ?? [];
    const [name, reference] = split(textOf(entry[0]) ?? '');
    const source = bunSource(reference, textOf(entry[1]));
    const integrity = entry.map(textOf).find((each) => each?.startsWith('sha'));
    return {
      type: 'npm',
      name,
      version: source.kind === 'registry' ? reference : undefined,
      folder: undefined,
      hashed: source.kind === 'project' ? 'yes' : strengthOf(integrity),
      source,
    };
  });
  return { dependencies };
}

function bunSource(reference: string, from: string | undefined): LockedSource {
  if (/^(?:workspace|link|file|root):/.test(reference)) return { kind: 'project' };
  if (/^(?:git[+:@]|github:|gitlab:|bitbucket:)/.test(reference)) return gitSource(reference);
  if (/^https?:/.test(reference)) return { kind: 'url', url: reference };
  return { kind: 'registry', archives: from ? [from] : [] };
}

function split(ident: string): [string, string] {
  const at = ident.indexOf('@', 1);
  return at === -1 ? [ident, ''] : [ident.slice(0, at), ident.slice(at + 1)];
}
