/**
 * The settings that a package has, as far as this machine knows: of what is installed, and of what the index has that is
 * newer. No network.
 */
import type { PackageName } from '../bundle/name.ts';
import { BundleCache } from '../cache/bundle-cache.ts';
import { MpakError } from '../errors.ts';
import { manifestOf, resolveVersion } from '../index/read-version.ts';
import type { IndexStore } from '../sync/store.ts';
import { type Field, readFields } from './manifest.ts';
import { readManifest } from './prepare.ts';

/**
 * @param indexes in the order in which names are looked up
 * @returns undefined when nobody here knows the package, or what is known of it cannot be read
 */
export function declaredFields(
  home: string,
  indexes: readonly { readonly store: IndexStore }[],
  name: PackageName,
): readonly Field[] | undefined {
  const installed = known(() => installedFields(home, name));
  const indexed = firstOf(indexes, ({ store }) => known(() => indexedFields(store, name)));
  if (installed === undefined || indexed === undefined) return installed ?? indexed;
  const keys = new Set(installed.map(({ key }) => key));
  return [...installed, ...indexed.filter(({ key }) => !keys.has(key))];
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function installedFields(home: string, name: PackageName): readonly Field[] | undefined {
  const installed = new BundleCache(home).findCurrent(name);
  return installed && readManifest(installed.folder).fields;
}

function indexedFields(store: IndexStore, name: PackageName): readonly Field[] | undefined {
  if (store.current() === undefined) return undefined;
  const db = store.open();
  try {
    const latest = resolveVersion(db, name, 'latest');
    return latest && readFields({ user_config: manifestOf(db, latest.id).user_config });
  } finally {
    db.close();
  }
}

/** A damaged index or bundle is told by the commands that need it. */
function known(read: () => readonly Field[] | undefined): readonly Field[] | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MpakError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
