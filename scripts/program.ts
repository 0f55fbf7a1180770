/** Writes the files of bundled programs where bin/load.cjs looks for them. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Chunk } from './bundle.ts';
import { bundledPackages, licenceTexts } from './licences.ts';

/** @param folder holds nothing else afterwards */
export function writeProgram(folder: string, chunks: readonly Chunk[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, code } of chunks) writeFileSync(path.join(folder, name), code);
  const entries = chunks.flatMap(({ name, entry }) => (entry === undefined ? [] : [[entry, name]]));
  writeFileSync(path.join(folder, 'entries.json'), JSON.stringify(Object.fromEntries(entries)));
  writeFileSync(path.join(folder, 'LICENCES.txt'), licenceTexts(bundledPackages(chunks)));
}
