/**
 * SC-04: the packages that are carried along are those that the lockfile names, each by its own name and version. What is
 * inside the archive of a locked package is of that package; whether the archive was changed, no lockfile can say.
 */
import type { VendoredPackage } from '../../pack/vendored.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { carriedPackages } from '../supply/carried.ts';
import type { LockedDependency } from '../supply/locked.ts';
import { type Lockfile, readLockfiles } from '../supply/lockfiles.ts';
import { packageKey } from '../supply/package-id.ts';
import { told } from '../supply/told.ts';

const REMEDY = 'Vendor anew from the lockfile: `mpak bundle pack` does so.';

/** A lockfile, to be asked. */
interface Names {
  readonly lockfile: Lockfile;
  readonly keys: ReadonlySet<string>;
  /** Where the format says where each is. */
  readonly byFolder: ReadonlyMap<string, LockedDependency>;
}

export const lockfileIntegrity = control('SC-04', {
  check(bundle) {
    const { packages, unknown } = carriedPackages(bundle);
    if (packages.length + unknown.length === 0) return { findings: [] };
    const names = readLockfiles(bundle).map(namesOf);
    const findings = names.flatMap(({ lockfile: { path, lock } }) =>
      'problem' in lock ? [finding(path, `The lockfile ${lock.problem}`)] : [],
    );
    for (const each of packages) {
      const problem = each.type === 'npm' ? nodeProblem(each, names) : pythonProblem(each, names);
      if (problem !== undefined) findings.push(finding(each.path, `${each.name} ${each.version} ${problem}`));
    }
    for (const path of unknown) {
      findings.push(finding(path, 'No lockfile can name this package: it does not say which it is'));
    }
    return { findings: told(findings) };
  },
});

function namesOf(lockfile: Lockfile): Names {
  const keys = new Set<string>();
  const byFolder = new Map<string, LockedDependency>();
  const { lock } = lockfile;
  for (const each of 'problem' in lock ? [] : lock.dependencies) {
    const { type, name, version = '', folder } = each;
    keys.add(packageKey({ type, name, version }));
    if (folder !== undefined) byFolder.set(folder, each);
  }
  return { lockfile, keys, byFolder };
}

/** By the lockfile in the nearest folder above it. */
function nodeProblem(carried: VendoredPackage, all: readonly Names[]): string | undefined {
  const above = /^(?:.*?\/)??(?=node_modules\/)/.exec(carried.path)?.[0] ?? '';
  const governing = all
    .filter(({ lockfile: { type, folder } }) => type === 'npm' && above.startsWith(folder))
    .sort((one, other) => other.lockfile.folder.length - one.lockfile.folder.length)[0];
  if (governing === undefined) return 'is named by no lockfile';
  const { lockfile, keys, byFolder } = governing;
  const folder = carried.path.slice(lockfile.folder.length, -'/package.json'.length);
  if (isInArchive(folder)) return undefined;
  if (byFolder.size === 0) return keys.has(packageKey(carried)) ? undefined : 'is not in the lockfile';
  const locked = byFolder.get(folder);
  if (locked === undefined) return 'is not in the lockfile at this place';
  // What is linked has its version in its own folder, which the lockfile does not repeat.
  const version =
    locked.source.kind === 'project' ? (locked.version ?? carried.version) : (locked.version ?? '');
  if (packageKey({ ...locked, version }) === packageKey(carried)) return undefined;
  return `is ${locked.name} ${version} in the lockfile`.replace(/ {2}/, ' ');
}

/** In a folder of a package other than its own node_modules: fixtures of its tests, copies that it was built with. */
function isInArchive(folder: string): boolean {
  const first = /^(?:.*?\/)??node_modules\//.exec(folder)?.[0] ?? '';
  const chain = folder.slice(first.length).split('/node_modules/');
  return chain.slice(0, -1).some((each) => each.split('/').length > (each.startsWith('@') ? 2 : 1));
}

function pythonProblem(carried: VendoredPackage, all: readonly Names[]): string | undefined {
  const locks = all.filter(({ lockfile }) => lockfile.type === 'pypi');
  if (locks.length === 0) return 'is named by no lockfile';
  return locks.some(({ keys }) => keys.has(packageKey(carried))) ? undefined : 'is not in the lockfile';
}

function finding(file: string, title: string): Finding {
  return { severity: 'high', file, line: null, title, remedy: REMEDY, blocks: 2 };
}
