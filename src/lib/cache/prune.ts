/** Takes versions off the disk that nothing runs. */
import type { BundleCache, Installed } from './bundle-cache.ts';

/**
 * @param keep how many versions before the current one stay, to roll back to
 * @returns what was removed; nothing of a package of which nobody knows what runs, and nothing
 * whose receipt is damaged
 */
export async function prune(cache: BundleCache, keep: number): Promise<Installed[]> {
  const removed: Installed[] = [];
  for (const name of cache.packages()) {
    if (cache.versions(name).length === 0) continue;
    await cache.change(name, async () => {
      const current = cache.current(name);
      if (current === undefined) return;
      const versions = cache.versions(name);
      const previous = current.previous.filter((other) => versions.some(({ version }) => version === other));
      const kept = new Set([current.version, ...previous.slice(0, keep)]);
      for (const installed of versions) {
        if (kept.has(installed.version)) continue;
        cache.remove(name, installed.version);
        removed.push(installed);
      }
    });
  }
  return removed;
}
