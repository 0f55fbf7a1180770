/** package-lock.json and npm-shrinkwrap.json of npm, in all versions. */
import semver from 'semver';
import { isFromGit, type LockedPackage, lockedPackages } from '../../pack/npm-lockfile.ts';
import type { JsonObject } from '../safe-json.ts';
import { gitSource, type LockedDependency, type LockedSource, type ReadLock, strengthOf } from './locked.ts';

export function readNpm(lock: JsonObject): ReadLock {
  if (lock.packages === undefined && lock.dependencies === undefined && lock.lockfileVersion === undefined) {
    return { problem: 'is no lockfile of npm' };
  }
  const packages = lockedPackages(lock);
  const dependencies: LockedDependency[] = [];
  for (const [folder, locked] of packages) {
    const source = sourceOf(locked, bundledIn(folder, packages));
    dependencies.push({
      type: 'npm',
      name: locked.name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: semver.valid(locked.version) === null ? undefined : locked.version,
      folder,
      hashed: source.kind === 'project' ? 'yes' : strengthOf(locked.integrity),
      source,
    });
  }
  return { dependencies };
}

/** Whether the folder is inside that of another locked package, which is not bundled itself in nothing. */
function bundledIn(folder: string, packages: ReadonlyMap<string, LockedPackage>): boolean {
  const above = folder.lastIndexOf('/node_modules/');
  return above !== -1 && packages.has(folder.slice(0, above));
}

function sourceOf(locked: LockedPackage, isNested: boolean): LockedSource {
  const { resolved = '', isLink, isBundled } = locked;
  // A folder of packages is no folder of the project, whatever a link to it says.
  const isOwn = isLink && !/(?:^|\/)node_modules(?:\/|$)/.test(resolved);
  if (isOwn || (isBundled && isNested)) return { kind: 'project' };
  if (isLink) return { kind: 'registry', archives: [] };
  if (resolved.startsWith('file:')) return { kind: 'url', url: resolved };
  if (isFromGit(resolved)) return gitSource(resolved);
  // What no registry could have put there npm would have fetched from wherever it says.
  return { kind: 'registry', archives: resolved === '' ? [] : [resolved] };
}
