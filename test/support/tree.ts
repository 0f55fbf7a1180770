/** What a folder holds: every path in it, with its kind and, of files, the content. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** By path with slashes, in order. Folders are `folder`, links `-> target`, files `mode content`. */
export function treeOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true }) as string[];
  return Object.fromEntries(
    entries.sort().map((entry) => [entry.split(path.sep).join('/'), describe(path.join(folder, entry))]),
  );
}

function describe(file: string): string {
  const status = lstatSync(file);
  const mode = (status.mode & 0o7777).toString(8);
  if (status.isSymbolicLink()) return `-> ${readlinkSync(file)}`;
  return status.isDirectory() ? `folder ${mode}` : `${mode} ${readFileSync(file, 'latin1')}`;
}
