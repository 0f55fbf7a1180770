/** Takes versions off the disk that nothing runs. */
import type { BundleCache, Installed } from './bundle-cache.ts';

/**
 * @param keep how many versions before the current one stay, to roll back to
 * @returns what was removed
 */
export async function prune(cache: BundleCache, keep: number): Promise<Installed[]> {
  const removed: Installed[] = [];
  for (const name of new Set(cache.list().map((installed) => installed.name))) {
    await cache.change(name, async () => {
      const current = cache.current(name);
      const kept = new Set([current?.version, ...(current?.previous.slice(0, keep) ?? [])]);
      for (const installed of cache.versions(name)) {
        if (kept.has(installed.version)) continue;
        cache.remove(name, installed.version);
        removed.push(installed);
      }
    });
  }
  return removed;
}
