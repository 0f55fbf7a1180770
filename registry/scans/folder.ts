/** Where bundles are while they are scanned. Another server may have the same folder. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** A path for a bundle, in the folder, which is made. Servers in containers may have the same process id. */
export function newFile(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return path.join(folder, `${process.pid}-${randomBytes(8).toString('hex')}.mcpb`);
}

/** What cannot be removed now is removed at the next start: a disk that fails says so elsewhere. */
export function removeFile(file: string): void {
  try {
    rmSync(file, { force: true, recursive: true });
  } catch {
    // Whoever scans goes on.
  }
}

/** Removes what was left by servers that were killed: what is another's may be in use while that one runs. */
export function clearFolder(folder: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  for (const name of names) {
    const pid = Number.parseInt(name, 10);
    if (pid === process.pid || !isRunning(pid)) removeFile(path.join(folder, name));
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
