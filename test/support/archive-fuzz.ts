/**
 * Damages an archive again and again, installs each result, and reports what came of it, as a process of its own: so
 * that its memory can be measured, and a crash is seen. Arguments: archive, folder, cases, seed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readArchive } from '../../src/lib/bundle/archive.ts';
import { extractAside } from '../../src/lib/bundle/extract.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { peakMemory } from './peak-memory.ts';
import { treeOf } from './tree.ts';

export interface FuzzReport {
  readonly accepted: number;
  /** How often, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** What must not happen, with the number of its case. */
  readonly failures: readonly string[];
  readonly peakBytes: number;
}

/** Numbers that are the same for the same seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Truncated, or with some bits flipped: anywhere, or in the directory, where every byte means something. */
function damage(archive: Buffer, random: (below: number) => number): Buffer {
  if (random(4) === 0) return archive.subarray(0, random(archive.length));
  const damaged = Buffer.from(archive);
  const start = random(2) === 0 ? 0 : archive.readUInt32LE(archive.length - 6);
  for (let flips = 1 + random(4); flips > 0; flips -= 1) {
    const at = start + random(archive.length - start);
    damaged[at] = (damaged[at] as number) ^ (1 << random(8));
  }
  return damaged;
}

/** Without modes: whether a file is executable is one bit that may flip. */
function contentsOf(folder: string): string {
  return JSON.stringify(treeOf(folder)).replaceAll('"755 ', '"644 ');
}

function run(file: string, sandbox: string, cases: number, seed: number): FuzzReport {
  const archive = readFileSync(file);
  const home = path.join(sandbox, 'home');
  const target = path.join(home, 'bundle');
  mkdirSync(home);
  extractAside(readArchive(archive), target);
  const whole = contentsOf(target);
  rmSync(target, { recursive: true });
  const random = randomOf(seed);
  const refused: Record<string, number> = {};
  const failures: string[] = [];
  let accepted = 0;
  for (let index = 0; index < cases; index += 1) {
    const bytes = damage(archive, random);
    try {
      extractAside(readArchive(bytes), target);
      accepted += 1;
      if (contentsOf(target) !== whole) failures.push(`${index}: other content was accepted`);
      rmSync(target, { recursive: true });
    } catch (error) {
      if (error instanceof MpakError && /^(ARCHIVE|MANIFEST)_/.test(error.code)) {
        refused[error.code] = (refused[error.code] ?? 0) + 1;
      } else failures.push(`${index}: ${error instanceof Error ? error.stack : error}`);
    }
    const left = [...readdirSync(home), ...readdirSync(sandbox).filter((name) => name !== 'home')];
    if (left.length > 0) failures.push(`${index}: left ${left.join()}`);
  }
  return { accepted, refused, failures, peakBytes: peakMemory() };
}

const [file, sandbox, cases, seed] = process.argv.slice(2) as [string, string, string, string];
process.stdout.write(JSON.stringify(run(file, sandbox, Number(cases), Number(seed))));
