/**
 * SC-03: whatever is installed is locked, to one version and to a hash of its content. A package.json may ask for a range,
 * which its lockfile resolves; it may not ask for what moves under the same name, a tag or a branch.
 */
import semver from 'semver';
import { parse as parseToml } from 'smol-toml';
import { isFromGit } from '../../pack/npm-lockfile.ts';
import type { ScannedBundle } from '../bundle.ts';
import { control } from '../control.ts';
import { requestsOf } from '../dependency-files.ts';
import type { Finding } from '../finding.ts';
import { type JsonObject, listOf, objectOf, safeJson, textOf } from '../safe-json.ts';
import { carriedPackages } from '../supply/carried.ts';
import type { LockedDependency } from '../supply/locked.ts';
import { gitSource } from '../supply/locked.ts';
import { type Lockfile, readLockfiles } from '../supply/lockfiles.ts';
import { isExact } from '../supply/package-id.ts';
import { told } from '../supply/told.ts';
import { decode } from '../text.ts';

const TOOLS = { npm: 'npm', pypi: 'Python' } as const;
const LOCK = {
  npm: 'Keep package-lock.json in the bundle.',
  pypi: 'Keep uv.lock in the bundle, or a requirements.txt with `==` and `--hash`.',
} as const;
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** Where a package.json asks for something. */
interface Request {
  readonly file: string;
  readonly name: string;
  readonly range: string;
}

export const pinning = control('SC-03', {
  check(bundle) {
    const lockfiles = readLockfiles(bundle);
    const { packages } = carriedPackages(bundle);
    const requests = nodeRequests(bundle);
    const needed = new Set<Lockfile['type']>(packages.map(({ type }) => type));
    if (requests.length > 0) needed.add('npm');
    if (asksForPython(bundle)) needed.add('pypi');
    const findings: Finding[] = [];
    for (const type of needed) {
      if (lockfiles.some((each) => each.type === type)) continue;
      const title = `There are dependencies of ${TOOLS[type]} and no lockfile of them`;
      findings.push(finding(null, title, LOCK[type]));
    }
    for (const lockfile of lockfiles) findings.push(...lockFindings(lockfile));
    findings.push(...requestFindings(requests, lockfiles));
    return { findings: told(findings) };
  },
});

function lockFindings({ path, type, lock }: Lockfile): Finding[] {
  if ('problem' in lock) return [finding(path, `The lockfile ${lock.problem}`, LOCK[type])];
  return lock.dependencies.flatMap((dependency) => {
    const problem = problemOf(dependency);
    if (problem === undefined) return [];
    const label = `${dependency.name || 'A package without a name'} ${dependency.version ?? ''}`.trim();
    return [finding(path, `${label} ${problem}`, 'Lock it anew with a current version of its tool.')];
  });
}

function problemOf({ type, version, hashed, source }: LockedDependency): string | undefined {
  if (source.kind === 'project') return undefined;
  if (source.kind === 'git') return source.commit ? undefined : 'is locked to no commit of its repository';
  if (source.kind === 'registry' && (version === undefined || !isExact(type, version))) {
    return 'is locked to no exact version';
  }
  if (hashed === 'yes') return undefined;
  return hashed === 'weak'
    ? 'is locked by a hash for which another content can be made'
    : 'is locked without a hash of its content';
}

function requestFindings(requests: readonly Request[], lockfiles: readonly Lockfile[]): Finding[] {
  const locked = new Set<string>();
  let isKnown = false;
  for (const { type, lock } of lockfiles) {
    if (type !== 'npm' || 'problem' in lock) continue;
    isKnown = true;
    for (const { name, folder } of lock.dependencies) {
      locked.add(name);
      if (folder !== undefined) locked.add(folder.slice(folder.lastIndexOf('node_modules/') + 13));
    }
  }
  return requests.flatMap(({ file, name, range }) => {
    if (/^(?:file|link|portal|workspace|catalog):/.test(range)) return [];
    const asked = `${name} is asked for as ${JSON.stringify(range.slice(0, 100))}`;
    if (isMoving(range)) {
      return [finding(file, `${asked}, which moves`, 'Ask for a version, or for a full commit.')];
    }
    const alias = /^npm:(@?[^@]+)/.exec(range)?.[1];
    if (!isKnown || locked.has(name) || (alias !== undefined && locked.has(alias))) return [];
    return [finding(file, `${asked}, and the lockfile does not name it`, 'Lock it: `npm install`.')];
  });
}

/** A tag such as `latest`, anything at all, or a branch of a repository. */
function isMoving(range: string): boolean {
  const wanted = range.trim().replace(/^npm:@?[^@]+@?/, '');
  if (isFromGit(wanted)) {
    const source = gitSource(wanted);
    return !(source.kind === 'git' && source.commit);
  }
  if (/^https?:/.test(wanted)) return false;
  const parsed = semver.validRange(wanted, { loose: true });
  return parsed === null || parsed === '*';
}

function nodeRequests(bundle: ScannedBundle): Request[] {
  return requestsOf(bundle).flatMap(({ name, file }) => {
    if (name !== 'package.json') return [];
    const read = bundle.readJson(file.path);
    const json = read !== undefined && 'json' in read ? objectOf(read.json) : undefined;
    const { dependencies, optionalDependencies } = json ?? {};
    return [dependencies, optionalDependencies].flatMap((group) =>
      Object.entries(objectOf(group) ?? {}).map(([name, range]) => ({
        file: file.path,
        name,
        range: textOf(range) ?? '',
      })),
    );
  });
}

function asksForPython(bundle: ScannedBundle): boolean {
  return requestsOf(bundle).some(({ name, file }) => {
    if (name !== 'pyproject.toml' || file.size > MAX_REQUEST_BYTES) return false;
    const project = objectOf(tomlOf(decode(bundle.read(file.path))).project);
    return (listOf(project?.dependencies) ?? []).length > 0;
  });
}

function tomlOf(text: string): JsonObject {
  try {
    const read = safeJson(parseToml(text));
    return ('json' in read ? objectOf(read.json) : undefined) ?? {};
  } catch {
    return {};
  }
}

function finding(file: string | null, title: string, remedy: string): Finding {
  return { severity: 'medium', file, line: null, title, remedy, blocks: 2 };
}
