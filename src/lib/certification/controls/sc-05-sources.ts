/**
 * SC-05: all that the lockfiles name is from an approved registry. Which those are is configuration
 * (`sources.npm`, `sources.pypi`); where nothing is configured, what npm and pip report as their default.
 */
import type { ScannedBundle } from '../bundle.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { carriedPackages } from '../supply/carried.ts';
import type { LockedDependency } from '../supply/locked.ts';
import { type Lockfile, readLockfiles } from '../supply/lockfiles.ts';
import { told } from '../supply/told.ts';
import { decode } from '../text.ts';

type Approved = ReadonlyMap<string, readonly string[]>;

const REMEDY = 'Depend on what an approved registry has, and lock it from there.';
const SETTING = { npm: 'sources.npm', pypi: 'sources.pypi' } as const;
const MAX_NPMRC_BYTES = 64 * 1024;

export const sources = control('SC-05', {
  check(bundle, { approvedSources = new Map() as Approved }) {
    const findings: Finding[] = [];
    const skips = new Set<string>();
    const lockfiles = readLockfiles(bundle);
    for (const { type, path } of carriedPackages(bundle).packages) {
      if (lockfiles.some((each) => each.type === type)) continue;
      findings.push(finding(path, 'No lockfile says where this package is from', REMEDY));
    }
    for (const lockfile of lockfiles) findings.push(...lockFindings(lockfile, approvedSources, skips));
    findings.push(...npmrcFindings(bundle, approvedSources, skips));
    const [skip] = [...skips].sort();
    return { findings: told(findings), ...(skip !== undefined && { skip }) };
  },
});

function lockFindings({ path, lock, type }: Lockfile, approved: Approved, skips: Set<string>): Finding[] {
  if ('problem' in lock) return [finding(path, `The lockfile ${lock.problem}`, REMEDY)];
  const prefixes = approved.get(type);
  return lock.dependencies.flatMap((dependency) => {
    const title = problemOf(dependency, prefixes, skips);
    return title === undefined ? [] : [finding(path, `${dependency.name} ${title}`, REMEDY)];
  });
}

function problemOf(
  { type, name, source }: LockedDependency,
  prefixes: readonly string[] | undefined,
  skips: Set<string>,
): string | undefined {
  switch (source.kind) {
    case 'project':
      return undefined;
    case 'git':
      return 'is from a git repository, and no attestation says who released it';
    case 'url':
      return strange(source.url, prefixes) ? `is from ${shown(source.url)}, which is no registry` : undefined;
    case 'registry': {
      const { index, archives } = source;
      if (index === undefined && archives.length === 0) return undefined;
      if (prefixes === undefined) {
        skips.add(notConfigured(type));
        return undefined;
      }
      if (index !== undefined && strange(index, prefixes))
        return `is from ${shown(index)}, which is not approved`;
      const archive = archives.find((url) => strange(url, prefixes));
      const other = type === 'npm' ? archives.find((url) => isOfOther(url, name)) : undefined;
      if (archive === undefined && other !== undefined)
        return `is locked to another package, ${shown(other)}`;
      if (archive === undefined) return undefined;
      if (index === undefined) return `is from ${shown(archive)}, which is not approved`;
      // An index may keep its archives on another host, and no client reports which.
      skips.add(
        `${shown(hostOf(archive))} is not known to be of ${shown(index)}: approve it by ${SETTING[type]}.`,
      );
      return undefined;
    }
  }
}

/** What an npmrc of the project says of registries holds for whatever its lockfile leaves open. */
function npmrcFindings(bundle: ScannedBundle, approved: Approved, skips: Set<string>): Finding[] {
  const files = bundle.files.filter(({ path, origin }) => origin === 'own' && /(?:^|\/)\.npmrc$/.test(path));
  return files.flatMap(({ path, size }) => {
    if (size > MAX_NPMRC_BYTES) return [finding(path, 'This npmrc is too large to be read', 'Leave it out.')];
    const named = decode(bundle.read(path)).matchAll(/^\s*(?:@[^:=\s]+:)?registry\s*=\s*["']?([^\s"']*)/gm);
    return [...named].flatMap(([, url = '']) => {
      const prefixes = approved.get('npm');
      if (prefixes === undefined) skips.add(notConfigured('npm'));
      return prefixes !== undefined && strange(url, prefixes)
        ? [finding(path, `Packages are from ${shown(url)}, which is not approved`, REMEDY)]
        : [];
    });
  });
}

/** Whether a URL is below none of the prefixes: of the same origin, and of the same path or one below it. */
function strange(text: string, prefixes: readonly string[] = []): boolean {
  const url = URL.parse(text.replace(/^(?:sparse|registry)\+/, ''));
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return true;
  if (leadsElsewhere(url.pathname)) return true;
  return !prefixes.some((prefix) => {
    const approved = URL.parse(prefix);
    if (approved === null || approved.origin !== url.origin) return false;
    return `${url.pathname}/`.startsWith(approved.pathname.replace(/\/*$/, '/'));
  });
}

/** Registries of npm have the archives of a package below its name: `…/name/-/name-1.0.0.tgz`. */
function isOfOther(text: string, name: string): boolean {
  const [before, ...after] = (URL.parse(text)?.pathname ?? '')
    .replace(/%2f/gi, '/')
    .replace(/%40/gi, '@')
    .split('/-/');
  return after.length > 0 && !`${before}`.endsWith(`/${name}`);
}

/** Dots and slashes that are encoded: parts of a name to some servers, and the way up to others. */
function leadsElsewhere(pathname: string): boolean {
  const decoded = pathname.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
  return /\\|(?:^|\/)\.\.?(?:\/|$)/.test(decoded);
}

function notConfigured(type: LockedDependency['type']): string {
  const client = { npm: 'npm', pypi: 'pip' }[type];
  return `No registry is approved: ${SETTING[type]} is not set, and ${client} is not there to report its default.`;
}

function hostOf(text: string): string {
  return URL.parse(text)?.origin ?? text;
}

/** Never a password. */
function shown(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//').slice(0, 200);
}

function finding(file: string, title: string, remedy: string): Finding {
  return { severity: 'medium', file, line: null, title, remedy, blocks: 3 };
}
