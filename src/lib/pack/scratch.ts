/** Folders that packing works in: named by their process, so that what a killed one left behind is found again. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const NAME = /^mpak-pack-(\d+)-/;
/** A process of another container may share the folder, and not be seen from here. */
const STALE_AFTER_MS = 60 * 60 * 1000;

/** Its owner's alone: an npmrc in it may hold a token. */
export function makeScratch(): string {
  return mkdtempSync(path.join(os.tmpdir(), `mpak-pack-${process.pid}-`));
}

/** Removes what processes of this user, which are no more, have left. What cannot be removed is left to others. */
export function sweepScratch(now = Date.now()): void {
  for (const name of readdirSync(os.tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const place = path.join(os.tmpdir(), name);
    try {
      const { uid, mtimeMs } = statSync(place);
      const isOurs = process.getuid === undefined || uid === process.getuid();
      if (isOurs && now - mtimeMs > STALE_AFTER_MS) rmSync(place, { recursive: true, force: true });
    } catch {
      // Another pack removes it meanwhile.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
