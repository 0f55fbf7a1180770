/** The packages that a bundle carries along, by what they say of themselves: package.json, and METADATA of a dist-info. */
import semver from 'semver';
import type { BundleContent } from './collect.ts';
import { asObject, parseObject } from './json-file.ts';
import { isFromGit, type LockedPackage, NPM_LOCKFILES, readNpmLock } from './npm-lockfile.ts';

export interface VendoredPackage {
  /** Of the file that says what it is. */
  readonly path: string;
  /** Of its purl. */
  readonly type: 'npm' | 'pypi';
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
  /** In hex, of the archive that it was installed from, where the lockfile knows it. */
  readonly sha512: string | undefined;
  /** What is of a folder or of a git repository is not what a registry has under its name. */
  readonly origin: 'registry' | 'folder' | { readonly git: string };
}

export interface VendoredPackages {
  /** In the order of their paths. */
  readonly packages: readonly VendoredPackage[];
  /** Paths of those that do not say what they are. */
  readonly unknown: readonly string[];
}

/** The package.json of a package, by its path. */
export const NODE_PACKAGE = /^(.*\/)?node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/;
const PYTHON_PACKAGE = /(^|\/)[^/]+\.dist-info\/METADATA$/;
/** Names that no registry takes say nothing: a purl made of them could be read as another package's. */
const NODE_NAME = /^(?:@[a-z\d~-][\w.~-]*\/)?[a-z\d~_-][\w.~-]*$/i;
/** Core metadata; PEP 440. */
const PYTHON_NAME = /^[a-z\d](?:[\w.-]*[a-z\d])?$/i;
const PYTHON_VERSION = /^[a-z\d][\w.!+-]*$/i;

/** Whether it belongs to a package that is carried along, by its path. */
export function isVendored(path: string): boolean {
  return /^(.*\/)?node_modules\/|^deps\//.test(path);
}

export function vendoredPackages(content: BundleContent): VendoredPackages {
  const packages: VendoredPackage[] = [];
  const unknown: string[] = [];
  const lock = readLock(content);
  for (const path of [...content.paths].sort()) {
    const isNode = NODE_PACKAGE.test(path);
    if (!isNode && !PYTHON_PACKAGE.test(path)) continue;
    const found = isNode
      ? nodePackage(path, content, lock)
      : pythonPackage(path, content.read(path).toString());
    if (found === undefined) unknown.push(path);
    else packages.push(found);
  }
  return { packages, unknown };
}

type Lock = ReadonlyMap<string, LockedPackage>;

function readLock(content: BundleContent): Lock {
  const file = NPM_LOCKFILES.find((name) => content.paths.has(name));
  return file === undefined ? new Map() : readNpmLock(content.read(file));
}

function nodePackage(path: string, content: BundleContent, lock: Lock): VendoredPackage | undefined {
  const json = parseObject(content.read(path));
  const { name, version } = json ?? {};
  if (typeof name !== 'string' || !NODE_NAME.test(name)) return undefined;
  if (typeof version !== 'string' || semver.valid(version) === null || version.trim() !== version)
    return undefined;
  const locked = lock.get(path.slice(0, -'/package.json'.length));
  const sha512 = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)/.exec(locked?.integrity ?? '')?.[1];
  return {
    path,
    type: 'npm',
    name,
    version,
    license: nodeLicense(json?.license ?? json?.licenses),
    sha512: sha512 && Buffer.from(sha512, 'base64').toString('hex'),
    origin: originOf(locked),
  };
}

function originOf(locked: LockedPackage | undefined): VendoredPackage['origin'] {
  const { isLink = false, resolved = '' } = locked ?? {};
  if (isLink || resolved.startsWith('file:')) return 'folder';
  return isFromGit(resolved) ? { git: resolved } : 'registry';
}

/** A text; in old packages an object, or a list of them of which any may be chosen. */
function nodeLicense(license: unknown): string | undefined {
  if (typeof license === 'string') return license;
  const types = (Array.isArray(license) ? license : [license]).map((each) => asObject(each)?.type);
  const texts = types.filter((type) => typeof type === 'string');
  if (texts.length === 0) return undefined;
  return texts.length === 1 ? texts[0] : `(${texts.join(' OR ')})`;
}

/** The headers of core metadata, up to the first empty line. */
function pythonPackage(path: string, metadata: string): VendoredPackage | undefined {
  const headers = metadata.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const header = (name: string) =>
    new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, 'im').exec(headers)?.[1]?.trim() || undefined;
  const name = header('Name');
  const version = header('Version');
  if (name === undefined || !PYTHON_NAME.test(name)) return undefined;
  if (version === undefined || !PYTHON_VERSION.test(version)) return undefined;
  return {
    path,
    type: 'pypi',
    name,
    version,
    license: header('License-Expression') ?? header('License'),
    sha512: undefined,
    origin: 'registry',
  };
}
