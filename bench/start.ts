/**
 * What a start costs, as a ratio to `node -e 0` in the same run, with an index of 100,000 packages.
 *
 *     node bench/start.ts [--runs 15] [--binaries DIR]
 *
 * Builds what it measures unless it is named: executables for this machine, and the program that npm installs. Each
 * round starts everything once, one after the other, so that a busy machine is busy for all; a ratio is the median of
 * the rounds' ratios. Prints a table and exits with 1 when a bar is missed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hostTarget } from '../scripts/sea.ts';
import { SAMPLE_REGISTRY } from '../test/support/sample-home.ts';
import { median, printRows, type Row, row } from './rows.ts';

const ROOT = path.join(import.meta.dirname, '..');
const PACKAGES = 100_000;

/** A command line that is measured, from its start to its end, or to its first byte. */
interface Measured {
  readonly line: readonly [string, ...string[]];
  readonly until: 'end' | 'first byte';
}

export interface StartOptions {
  readonly runs: number;
  /** Folder with executables for this machine. */
  readonly binaries?: string | undefined;
  readonly packages?: number;
}

/** @returns a row a bar */
export async function measureStarts({ runs, binaries, packages = PACKAGES }: StartOptions): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
  try {
    const server = runScript('bench/prepare-start.ts', folder, String(packages)).trim();
    const home = path.join(folder, 'home');
    const executable = path.join(binaries ?? buildBinaries(folder), 'mpak');
    const fromNpm = [process.execPath, path.join(folder, 'package', 'bin', 'mpak.cjs')] as const;
    const measured: Record<string, Measured> = {
      node: { line: [process.execPath, '-e', '0'], until: 'end' },
      server: { line: [process.execPath, server], until: 'first byte' },
      version: { line: [executable, '--version'], until: 'end' },
      search: { line: [executable, 'bundle', 'search', 'postgres'], until: 'end' },
      run: { line: [executable, 'run', '@acme/server'], until: 'first byte' },
      npmSearch: { line: [...fromNpm, 'bundle', 'search', 'postgres'], until: 'end' },
      npmRun: { line: [...fromNpm, 'run', '@acme/server'], until: 'first byte' },
    };
    const times = await interleaved(measured, runs, home);
    const base = times.node as number[];
    const against = (measure: string, name: string, bar?: number, less?: string): Row => {
      const ours = (times[name] as number[]).map((time, i) => time - (less ? (times[less]?.[i] ?? 0) : 0));
      return row({
        measure,
        ours: median(ours),
        baseline: median(base),
        unit: 'ms',
        ratio: median(ours.map((time, i) => time / (base[i] as number))),
        ...(bar !== undefined && { bar }),
      });
    };
    return [
      against('executable: mpak --version / node -e 0', 'version', 1.15),
      against('executable: mpak bundle search postgres / node -e 0', 'search', 1.4),
      against('from npm: mpak bundle search postgres / node -e 0', 'npmSearch', 1.8),
      against('executable: what mpak run adds to its server / node -e 0', 'run', 1.5, 'server'),
      against('from npm: what mpak run adds to its server / node -e 0', 'npmRun', undefined, 'server'),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds, by name, a round each. */
async function interleaved(
  measured: Readonly<Record<string, Measured>>,
  runs: number,
  home: string,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(measured).map((name) => [name, []]));
  // The first two rounds fill the disk's cache, and keep the code that V8 made.
  for (let round = -2; round < runs; round += 1) {
    for (const [name, each] of Object.entries(measured)) {
      const time = await timeOf(each, home);
      if (round >= 0) times[name]?.push(time);
    }
  }
  return times;
}

function timeOf({ line: [command, ...args], until }: Measured, home: string): Promise<number> {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    MPAK_HOME: home,
    MPAK_REGISTRY_URL: SAMPLE_REGISTRY,
    MPAK_NO_UPDATE_CHECK: '1',
  };
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    let time: number | undefined;
    child.once('error', reject);
    child.stdout.on('data', () => {
      if (until === 'first byte') time ??= performance.now() - start;
      child.stdin.end();
    });
    child.once('exit', (status) => {
      time ??= performance.now() - start;
      if (status !== 0) reject(new Error(`${command} ${args.join(' ')} ended with ${status}`));
      else resolve(time);
    });
  });
}

export function buildBinaries(folder: string): string {
  runScript('scripts/build-binaries.ts', '--target', hostTarget(), '--out', folder);
  return path.join(folder, hostTarget());
}

function runScript(file: string, ...args: string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [file, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  });
  if (status !== 0) throw new Error(`${file} ended with ${status}`);
  return stdout;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '15' }, binaries: { type: 'string' } },
  });
  const rows = await measureStarts({ runs: Number(values.runs), binaries: values.binaries });
  printRows(rows);
  if (rows.some(({ pass }) => !pass)) process.exitCode = 1;
}
