/** A copy of a source folder with its dependencies vendored, for as long as it takes to pack it. */
import { constants, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ARCHIVE_LIMITS } from '../bundle/archive-limits.ts';
import { type Collected, collectFiles } from './collect.ts';
import { type IgnoreRules, isReadByNone } from './ignore-rules.ts';
import { makeScratch, sweepScratch } from './scratch.ts';
import type { Source } from './source.ts';
import type { Vendoring } from './vendor.ts';
import { lostFindings } from './vendored-lost.ts';

const NO_LIMIT = { ...ARCHIVE_LIMITS, entries: Number.POSITIVE_INFINITY };

/**
 * Vendors in the copy, hands its content to `use`, and removes it.
 * @param vendor gets the copy, and a folder beside it
 * @throws MpakError as vendoring does
 */
export async function withVendored<T>(
  { folder, rules }: Source,
  into: Vendoring['into'],
  vendor: (copy: string, scratch: string) => Promise<void>,
  use: (content: Collected) => T,
): Promise<T> {
  sweepScratch();
  const scratch = makeScratch();
  const copy = path.join(scratch, 'copy');
  try {
    mkdirSync(copy);
    const source = collectFiles(folder, neededRules(rules, into), NO_LIMIT);
    for (const name of source.paths) copyTo(path.join(copy, name), source.fileOf(name));
    await vendor(copy, scratch);
    const packed = rules.withPackagesIn(into);
    const content = collectFiles(copy, packed);
    const all = collectFiles(copy, everything(packed), NO_LIMIT);
    return use({ ...content, problems: [...content.problems, ...lostFindings(all, content, packed)] });
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What is left out of the bundle may be needed to vendor: packages of a workspace, a second requirements file. */
function neededRules(rules: IgnoreRules, into: string): IgnoreRules {
  return {
    ...everything(rules),
    ignores: (name) =>
      name.startsWith(`${into}/`) || rules.neverPacks(name) || (isReadByNone(name) && rules.ignores(name)),
  };
}

/** All but what is never packed. */
function everything(rules: IgnoreRules): IgnoreRules {
  return {
    ignores: (name) => rules.neverPacks(name),
    neverPacks: (name) => rules.neverPacks(name),
    names: (name) => rules.names(name),
    without: (folder) => rules.without(folder),
    withPackagesIn: (folder) => rules.withPackagesIn(folder),
  };
}

function copyTo(file: string, source: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(source, file, constants.COPYFILE_FICLONE);
}
