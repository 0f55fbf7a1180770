/** A copy of a source folder with its dependencies vendored, for as long as it takes to pack it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Collected, collectFiles } from './collect.ts';
import type { Source } from './source.ts';
import type { Vendoring, VendorOptions } from './vendor.ts';

/** What package managers read; not packed when the rules say so, and needed all the same. */
const INPUTS = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  '.npmrc',
  'requirements.txt',
  'pyproject.toml',
  'uv.lock',
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
];

/**
 * Vendors in the copy, hands its content to `use`, and removes it.
 * @throws MpakError as vendoring does
 */
export async function withVendored<T>(
  { folder, rules, content }: Source,
  vendoring: Vendoring,
  options: Omit<VendorOptions, 'folder'>,
  use: (content: Collected) => T,
): Promise<T> {
  // Its owner's alone: an .npmrc may hold a token.
  const copy = mkdtempSync(path.join(os.tmpdir(), 'mpak-pack-'));
  try {
    for (const name of content.paths) {
      if (!name.startsWith(`${vendoring.into}/`)) write(path.join(copy, name), content.read(name));
    }
    for (const name of INPUTS) {
      const input = path.join(folder, name);
      if (!content.paths.has(name) && existsSync(input)) write(path.join(copy, name), readFileSync(input));
    }
    await vendoring.run({ ...options, folder: copy });
    return use(collectFiles(copy, rules));
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
  }
}

function write(file: string, bytes: Buffer): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}
