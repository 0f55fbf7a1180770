/** Back to a version that ran before. The one that runs now stays on the disk. */
import type { PackageName } from '../bundle/name.ts';
import type { BundleCache, Installed } from '../cache/bundle-cache.ts';
import { MpakError } from '../errors.ts';
import { artifactCertification } from '../index/read-artifact-certification.ts';
import type { IndexStore } from '../sync/store.ts';
import { requireLevel } from './minimum-level.ts';
import { askIndex, originOf } from './origin.ts';
import { refuseRevoked, standingOf } from './standing.ts';

/**
 * @param wanted an installed version; undefined for the one that ran before
 * @param minimumLevel `policy.minimumLevel`, by the level that it has now
 * @returns the version that ran until now, and the one that runs from now on: the same when it was wanted
 * @throws MpakError NOT_FOUND when there is none to go back to, REVOKED, BELOW_LEVEL
 */
export async function rollback(
  cache: BundleCache,
  name: PackageName,
  wanted: string | undefined,
  minimumLevel: number | undefined,
): Promise<{ from: string; to: string }> {
  // Before it is locked, which makes its folder.
  if (cache.current(name) === undefined) throw notInstalled(name);
  return cache.change(name, async () => {
    const current = cache.current(name);
    if (current === undefined) throw notInstalled(name);
    const to = wanted ?? current.previous.find((version) => cache.find(name, version) !== undefined);
    const installed = to === undefined ? undefined : cache.find(name, to);
    if (to === undefined || installed === undefined) {
      const what = wanted === undefined ? 'no earlier version' : `no version ${wanted}`;
      throw new MpakError('NOT_FOUND', `${name} has ${what} on this machine.`, {
        hint: `Install it: \`mpak bundle install ${name}@${wanted ?? 'VERSION'}\`.`,
      });
    }
    const origin = originOf(cache, installed);
    refuseRevoked(standingOf(origin, name, to), name, to);
    if (minimumLevel !== undefined && to !== current.version) {
      requireLevel(certificationOf(origin, installed), minimumLevel, installed);
    }
    cache.setCurrent(name, to);
    return { from: current.version, to };
  });
}

/** As the index says now; where there is none, as it was when it was installed. */
function certificationOf(
  origin: IndexStore,
  { name, version, receipt }: Installed,
): { readonly level: number } | null {
  if (origin.current() !== undefined) {
    return askIndex(origin, (db) => artifactCertification(db, name, version, receipt.artifact.sha256));
  }
  const level = receipt.certification_level ?? null;
  return level === null ? null : { level };
}

function notInstalled(name: PackageName): MpakError {
  return new MpakError('NOT_FOUND', `${name} is not installed.`, {
    hint: '`mpak bundle list` shows what is.',
  });
}
