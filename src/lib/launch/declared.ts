/**
 * The settings that a package has, as far as this machine knows: of what is installed, and of what the index has that is
 * newer. No network.
 */
import type { PackageName } from '../bundle/name.ts';
import { BundleCache } from '../cache/bundle-cache.ts';
import { MpakError } from '../errors.ts';
import { hasDetails } from '../index/read-crawled.ts';
import { sourceOf } from '../index/read-source.ts';
import { manifestOf, resolveVersion } from '../index/read-version.ts';
import { locate, type RegistryIndex } from '../install/locate.ts';
import { askIndex, originOf } from '../install/origin.ts';
import type { IndexStore } from '../sync/store.ts';
import { type Field, readFields } from './manifest.ts';
import { readManifest } from './prepare.ts';

/**
 * Another registry's package of the same name declares nothing of this one.
 * @param indexes in the order in which names are looked up
 * @returns undefined when nobody here knows the package, or what is known of it cannot be read
 */
export function declaredFields(
  home: string,
  indexes: readonly [RegistryIndex, ...RegistryIndex[]],
  name: PackageName,
): readonly Field[] | undefined {
  const cache = new BundleCache(home);
  const current = known(() => cache.findCurrent(name));
  const installed = current && known(() => readManifest(current.folder).fields);
  const indexed = known(() =>
    indexedFields(current === undefined ? locate(indexes, name).index.store : originOf(cache, current), name),
  );
  if (installed === undefined || indexed === undefined) return installed ?? indexed;
  const keys = new Set(installed.map(({ key }) => key));
  return [...installed, ...indexed.filter(({ key }) => !keys.has(key))];
}

function indexedFields(store: IndexStore, name: PackageName): readonly Field[] | undefined {
  return askIndex(store, (db) => {
    const latest = resolveVersion(db, name, 'latest');
    // A list says nothing of settings: only a manifest that was looked up does.
    const isKnown = latest && (sourceOf(db) === 'signed' || hasDetails(db, name, latest.version));
    return isKnown ? readFields({ user_config: manifestOf(db, latest.id).user_config }) : undefined;
  });
}

/** A damaged index or bundle is told by the commands that need it. */
function known<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MpakError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
