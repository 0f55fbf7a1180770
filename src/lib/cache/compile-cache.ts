/**
 * Node's cache of compiled code, `cli/compile-cache/<version of Node>/`. bin/start.cjs chooses the folder; Node fills it
 * when a process ends.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

/** How Node names a file before its rename: a full disk leaves it, empty. */
const UNFINISHED = /^[0-9a-f]{8}\.[0-9A-Za-z]{6}$/;
/** A process that writes one needs far less than this. */
const ABANDONED_MS = 3_600_000;

/** Takes away what was never finished. @param home the home of mpak */
export function pruneCompileCache(home: string, now: Date): void {
  const root = path.join(home, 'cli', 'compile-cache');
  for (const folder of entries(root)) {
    for (const name of entries(path.join(root, folder))) {
      const file = path.join(root, folder, name);
      const stat = UNFINISHED.test(name) ? statSync(file, { throwIfNoEntry: false }) : undefined;
      if (stat !== undefined && now.getTime() - stat.mtimeMs > ABANDONED_MS) rmSync(file, { force: true });
    }
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
