/** Brings what was written to the disk, so that a power cut loses none of it: docs/decisions/0006. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { MpakError } from '../errors.ts';
import { syncFolder } from '../files.ts';

/** Not by the PATH: what is flushed has yet to become a bundle. */
const SYNC = ['/usr/bin/sync', '/bin/sync'];

/**
 * Returns when every file and folder is on the disk: by one flush of the file system where there is a command for it,
 * else one by one.
 * @param top a folder, with the files and folders in it by their paths
 * @throws MpakError IO_FAILED, or as fsync does
 */
export function flushTree(top: string, files: readonly string[], folders: readonly string[]): void {
  if (flushFileSystem(top)) return;
  for (const file of files) flushFile(file);
  for (const folder of folders) syncFolder(folder);
}

/** @returns false where there is no such command */
function flushFileSystem(folder: string): boolean {
  // Elsewhere `sync` only begins to, or knows no file system.
  const program = process.platform === 'linux' ? SYNC.find((file) => existsSync(file)) : undefined;
  if (program === undefined) return false;
  const { status, stderr } = spawnSync(program, ['-f', folder], { env: { LC_ALL: 'C' }, encoding: 'utf8' });
  if (status === 0) return true;
  // The disk failed: the system tells that once, so asking again would succeed.
  if (/error syncing/.test(stderr ?? ''))
    throw new MpakError('IO_FAILED', `${folder} could not be brought to the disk: ${stderr.trim()}.`, {
      hint: 'Nothing was left half done. Is the disk full, or failing?',
    });
  return false;
}

function flushFile(file: string): void {
  // Windows flushes only what may be written.
  const handle = openSync(file, process.platform === 'win32' ? 'r+' : 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
