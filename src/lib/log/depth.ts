/** How deep JSON is nested: what walks it later must not run out of stack. Here, because the log imports nothing else. */

/** Whether there are more levels of objects and arrays than that. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan(value[key as keyof typeof value], levels - 1)) return true;
  return false;
}
