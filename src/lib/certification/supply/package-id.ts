/** Packages by ecosystem, name and version, however a purl, a lockfile or a package itself writes them. */
import { explain, parse as parsePep440 } from '@renovatebot/pep440';
import { PackageURL } from 'packageurl-js';
import semver from 'semver';

export interface PackageId {
  /** Of its purl: `npm`, `pypi`. */
  readonly type: string;
  /** `@scope/name` where there is a namespace. */
  readonly name: string;
  readonly version: string;
}

/** Longer than any that a registry makes. */
const MAX_PURL = 2048;

/** @returns undefined when it is no purl, or one without a version */
export function parsePurl(text: string): PackageId | undefined {
  if (text.length > MAX_PURL) return undefined;
  try {
    const { type, namespace, name, version } = PackageURL.fromString(text);
    if (version === undefined || version === null || version === '') return undefined;
    return { type, name: namespace ? `${namespace}/${name}` : name, version };
  } catch {
    return undefined;
  }
}

/** The same for all spellings of a name that its registry takes for one. */
export function canonicalName(type: string, name: string): string {
  // PEP 503; npm compares in lower case since it has refused upper case in new names.
  const lower = name.toLowerCase();
  return type === 'pypi' ? lower.replace(/[-_.]+/g, '-') : lower;
}

/** The same for all spellings of a package. */
export function packageKey({ type, name, version }: PackageId): string {
  return `${type}:${canonicalName(type, name)}@${canonicalVersion(type, version)}`;
}

/** One version, and no range of them. */
export function isExact(type: string, version: string): boolean {
  if (type === 'npm') return semver.valid(version) !== null && semver.clean(version) === version;
  if (type === 'pypi') return parsePep440(version) !== null;
  return version !== '' && version !== 'latest' && !/[\s^~*<>=|,]/.test(version);
}

/** PEP 440 has many spellings of a version: 1.0.0RC1 is 1.0.0rc1, and 1.0 is 1.0.0. */
function canonicalVersion(type: string, version: string): string {
  if (type !== 'pypi') return version;
  const parsed = explain(version);
  if (parsed === null) return version;
  return (
    parsed.public.replace(/(?:\.0+)+(?=$|[^.\d])/, '') + (parsed.local === null ? '' : `+${parsed.local}`)
  );
}
