/** What package-lock.json and npm-shrinkwrap.json say of packages, in all of their versions: 1 nests, 2 and 3 list. */
import { isDeeperThan } from '../log/depth.ts';
import { asObject, parseObject } from './json-file.ts';

/** In the order in which npm asks for them. */
export const NPM_LOCKFILES = ['npm-shrinkwrap.json', 'package-lock.json'];

/** Deeper than any version of npm has nested packages. */
const MAX_DEPTH = 200;

export interface LockedPackage {
  /** Of the package, where it is not that of its folder. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly integrity: string | undefined;
  /** Where it is from: a URL, `git+…`, `file:…`, or a folder of the project for a link; registries may be left out. */
  readonly resolved: string | undefined;
  readonly isLink: boolean;
  /** It came inside the archive of the package that it is nested in. */
  readonly isBundled: boolean;
  /** For development alone. */
  readonly isDev: boolean;
  /** Whether it has to be there when dependencies for development are left out. */
  readonly isRequired: boolean;
}

/** By folder, as `node_modules/a/node_modules/b`. What is no lockfile locks nothing. */
export function readNpmLock(bytes: Uint8Array): ReadonlyMap<string, LockedPackage> {
  const lock = parseObject(bytes);
  return lockedPackages(isDeeperThan(lock, MAX_DEPTH) ? undefined : lock);
}

/** @param lock the object that a lockfile is, not nested too deep */
export function lockedPackages(
  lock: Readonly<Record<string, unknown>> | undefined,
): ReadonlyMap<string, LockedPackage> {
  const packages = asObject(lock?.packages);
  const found = new Map<string, LockedPackage>();
  if (packages === undefined) nested(asObject(lock?.dependencies), '', found);
  for (const [folder, entry] of Object.entries(packages ?? {})) {
    if (!/(^|\/)node_modules\//.test(folder)) continue;
    const own = asObject(entry) ?? {};
    // What a link is needed for stands with the folder that it leads to.
    const target = own.link === true ? asObject(packages?.[text(own.resolved) ?? '']) : undefined;
    found.set(folder, locked({ ...target, ...own }));
  }
  return found;
}

function nested(
  dependencies: Record<string, unknown> | undefined,
  within: string,
  found: Map<string, LockedPackage>,
): void {
  for (const [name, value] of Object.entries(dependencies ?? {})) {
    const entry = asObject(value) ?? {};
    const folder = `${within}node_modules/${name}`;
    const from = text(entry.version);
    const resolved = /^[\w+]+:/.test(from ?? '') ? from : text(entry.resolved);
    found.set(folder, locked({ ...entry, resolved, inBundle: entry.bundled }));
    nested(asObject(entry.dependencies), `${folder}/`, found);
  }
}

function locked(entry: Record<string, unknown>): LockedPackage {
  const { dev, optional, devOptional, peer, inBundle, extraneous } = entry;
  const mayMiss = [dev, optional, devOptional, peer, inBundle, extraneous];
  return {
    name: text(entry.name),
    version: text(entry.version),
    integrity: text(entry.integrity),
    resolved: text(entry.resolved),
    isLink: entry.link === true,
    isBundled: inBundle === true,
    isDev: dev === true,
    isRequired: !mayMiss.includes(true),
  };
}

/** Whether a package comes from a git repository, by what package.json asks for or a lockfile names. */
export function isFromGit(source: string): boolean {
  return (
    /^(git[+:@]|ssh:|github:|gitlab:|bitbucket:|gist:)/.test(source) ||
    /^https?:.*\.git(#|$)/.test(source) ||
    /^[\w-][\w.-]*\/[\w.-]+(#|$)/.test(source)
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
