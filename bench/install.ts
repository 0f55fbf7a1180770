/**
 * What it costs to verify and install a bundle of 30 MB in 3,000 files, as a ratio to `sha256sum` and `unzip -q`.
 *
 *     node bench/install.ts [--rounds 15]
 *
 * Ours is the whole command, a process of the program that npm installs: attestation, download from a server on
 * loopback, digest, archive guard, files, and every byte flushed to the disk, which the baseline leaves to the system.
 * Before each of them what the one before wrote is flushed. Prints a table and exits with 1 when a bar is missed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { finished } from '../test/support/cli.ts';
import { type BundleFile, makeBundle } from '../test/support/mcpb.ts';
import { seeded } from '../test/support/random.ts';
import { World } from '../test/support/world.ts';
import { buildProgram } from './program.ts';
import { pairedRow, printRows, type Row } from './rows.ts';

const NAME = '@acme/large';
const FILES = 3_000;
/** Of each, before it is packed: random text in base64 loses a quarter. */
const FILE_BYTES = 13_333;

/** @returns a row a bar */
export async function measureInstall({ rounds }: { readonly rounds: number }): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
  const world = await World.start(path.join(folder, 'world'));
  try {
    const program = path.join(await buildProgram(folder), 'bin', 'mpak.cjs');
    const bundle = largeBundle();
    await world.publish(NAME, '1.0.0', { bundle });
    const archive = path.join(folder, 'large.mcpb');
    writeFileSync(archive, bundle.bytes);
    const mpak = (...args: string[]) => run(world, [process.execPath, program, ...args]);
    await mpak('sync');
    const out = path.join(folder, 'out');
    const times = { ours: [] as number[], baseline: [] as number[] };
    // The first two rounds fill the disk's cache, and keep the code that V8 made.
    for (let round = -2; round < rounds; round += 1) {
      const ours = await mpak('bundle', 'install', NAME, '--yes');
      await mpak('bundle', 'remove', NAME);
      const baseline = await run(world, [
        'sh',
        '-c',
        'sha256sum "$0" && unzip -q "$0" -d "$1"',
        archive,
        out,
      ]);
      rmSync(out, { recursive: true });
      if (round < 0) continue;
      times.ours.push(ours);
      times.baseline.push(baseline);
    }
    const megabytes = (bundle.bytes.length / 1e6).toFixed(0);
    const measure = `mpak bundle install, ${megabytes} MB in ${FILES} files / sha256sum and unzip -q`;
    return [pairedRow({ measure, unit: 'ms', bar: 1.6 }, times.ours, times.baseline)];
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds from the start of a process to its end. */
async function run(world: World, line: readonly string[]): Promise<number> {
  flushDisk(world.folder);
  const [command, ...args] = line as [string, ...string[]];
  const start = performance.now();
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...world.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { status, stderr } = await finished(child);
  const took = performance.now() - start;
  if (status !== 0) throw new Error(`${line.join(' ')} ended with ${status}: ${stderr}`);
  return took;
}

/** Otherwise ours would wait for what the baseline wrote. */
function flushDisk(folder: string): void {
  spawnSync('sync', ['-f', folder]);
}

function largeBundle(): BundleFile {
  const random = seeded(1);
  const files: Record<string, Buffer> = {};
  for (let index = 0; index < FILES; index += 1) {
    const bytes = Buffer.alloc(Math.ceil((FILE_BYTES * 3) / 4));
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = random() * 256;
    files[`lib/module-${index % 60}/file-${index}.js`] = Buffer.from(bytes.toString('base64'));
  }
  return makeBundle(NAME, '1.0.0', {}, files);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
  const rows = await measureInstall({ rounds: Number(values.rounds) });
  printRows(rows);
  if (rows.some(({ pass }) => !pass)) process.exitCode = 1;
}
