/** A copy of a source folder with its dependencies vendored, for as long as it takes to pack it. */
import { constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ARCHIVE_LIMITS } from '../bundle/archive-limits.ts';
import { type Collected, collectFiles } from './collect.ts';
import { ignoreRules } from './ignore-rules.ts';
import type { Source } from './source.ts';
import type { Vendoring } from './vendor.ts';

/** Read by npm, and never packed. */
const NPMRC = '.npmrc';
/** What the publisher leaves out may be needed to vendor: the packages of a workspace, a second requirements file. */
const COPIED = ignoreRules(undefined);
const NO_LIMIT = { ...ARCHIVE_LIMITS, entries: Number.POSITIVE_INFINITY };

/**
 * Vendors in the copy, hands its content to `use`, and removes it.
 * @throws MpakError as vendoring does
 */
export async function withVendored<T>(
  { folder, rules }: Source,
  into: Vendoring['into'],
  vendor: (folder: string) => Promise<void>,
  use: (content: Collected) => T,
): Promise<T> {
  // Its owner's alone: an .npmrc may hold a token.
  const copy = mkdtempSync(path.join(os.tmpdir(), 'mpak-pack-'));
  try {
    const source = collectFiles(folder, COPIED.without(into), NO_LIMIT);
    for (const name of source.paths) copyTo(path.join(copy, name), source.fileOf(name));
    const npmrc = path.join(folder, NPMRC);
    if (existsSync(npmrc)) copyTo(path.join(copy, NPMRC), npmrc);
    await vendor(copy);
    rmSync(path.join(copy, NPMRC), { force: true });
    return use(collectFiles(copy, rules));
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
  }
}

function copyTo(file: string, source: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(source, file, constants.COPYFILE_FICLONE);
}
