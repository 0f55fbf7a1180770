/** The program as npm lays it out, in a folder: what benchmarks start. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { bundle } from '../scripts/bundle.ts';
import { writeProgram } from '../scripts/program.ts';

const ROOT = path.join(import.meta.dirname, '..');

/** @returns its folder, `package` in the one that is given */
export async function buildProgram(folder: string): Promise<string> {
  const root = path.join(folder, 'package');
  const chunks = await bundle({ programs: ['mpak', 'mpak-registry'], executable: false });
  writeProgram(path.join(root, 'dist', 'program'), chunks);
  cpSync(path.join(ROOT, 'bin'), path.join(root, 'bin'), { recursive: true });
  mkdirSync(path.join(root, 'node_modules'));
  const dependency = path.join('node_modules', 'better-sqlite3');
  symlinkSync(path.join(ROOT, dependency), path.join(root, dependency), 'dir');
  return root;
}
