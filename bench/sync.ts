/**
 * What a sync costs in time, on the wire and in memory, with a registry of 100,000 packages on loopback.
 *
 *     node bench/sync.ts [--runs 15] [--packages 100000] [--binaries DIR]
 *
 * The first sync is measured against curl and `zstd -d` of the same snapshot, the others against `mpak --version`, in pairs,
 * one after the other; a ratio is the median of the pairs' ratios. Memory is the peak that Linux keeps of the process
 * (VmHWM), read in syncs of their own. Needs curl and zstd: `apt-get install -y curl zstd`. Prints a table and exits
 * with 1 when a bar is missed.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { flushTree } from '../src/lib/bundle/flush.ts';
import { IndexStore } from '../src/lib/sync/store.ts';
import { mpakRegistry } from '../test/support/cli.ts';
import { CountingProxy } from '../test/support/counting-proxy.ts';
import { type RegistryProcess, startRegistry } from '../test/support/registry.ts';
import { corpus } from './corpus.ts';
import { median, printRows, type Row, row } from './rows.ts';
import { buildBinaries } from './start.ts';

const PACKAGES = 100_000;
const NEW_ENTRIES = 256;
const MEMORY_RUNS = 3;
const MB = 1e6;
/** Beside the index, a process may take so much. */
const MEMORY_ALLOWANCE = 64 * 1024 ** 2;
const WIRE_BYTES = 96_000;

export interface SyncBenchOptions {
  readonly runs: number;
  readonly packages?: number;
  /** Folder with executables for this machine; they are built when there is none. */
  readonly binaries?: string | undefined;
}

/** @returns a row a bar */
export async function measureSync({ runs, packages = PACKAGES, binaries }: SyncBenchOptions): Promise<Row[]> {
  for (const program of ['curl', 'zstd']) {
    if (spawnSync(program, ['--version']).error) {
      throw new Error(
        'curl and zstd are what a first sync is measured against: apt-get install -y curl zstd',
      );
    }
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
  let registry: RegistryProcess | undefined;
  let proxy: CountingProxy | undefined;
  try {
    const programs = binaries ?? buildBinaries(folder);
    // Where the support for tests finds what to run.
    process.env.MPAK_TEST_PROGRAM = path.resolve(programs);
    const data = path.join(folder, 'registry');
    const entries = corpus(packages + NEW_ENTRIES).map((entry) => `${JSON.stringify(entry)}\n`);
    await importEntries(folder, data, entries.slice(0, packages));
    await administer(['snapshot', '--data', data]);
    registry = await startRegistry({ data, args: ['--rate-reads', '0'] });
    proxy = await CountingProxy.start(registry.url);
    const mpak = path.join(programs, 'mpak');
    const client = new Client(path.join(folder, 'client'), mpak, registry.url);
    const counted = new Client(path.join(folder, 'counted'), mpak, proxy.url);
    const rows = await firstSyncs(client, snapshotUrl(data, registry.url), folder, runs);
    await counted.run('sync');
    rows.push(...(await syncsOfNothing(client, counted, proxy, runs)));
    await importEntries(folder, data, entries.slice(packages));
    rows.push(...(await syncsOfNewEntries(client, counted, proxy, runs)));
    return rows;
  } finally {
    await proxy?.close();
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Leaves the client synced. */
async function firstSyncs(client: Client, snapshot: string, folder: string, runs: number): Promise<Row[]> {
  const [packed, unpacked] = [path.join(folder, 'snapshot.zst'), path.join(folder, 'snapshot.db')];
  const script = `curl -sf -o "${packed}" "${snapshot}" && zstd -q -d -o "${unpacked}" "${packed}"`;
  const pairs = await paired(runs, {
    ours: async () => {
      client.forget();
      return client.run('sync');
    },
    baseline: async () => {
      for (const file of [packed, unpacked]) rmSync(file, { force: true });
      return timed(['/bin/sh', '-c', script], {});
    },
  });
  const peaks: number[] = [];
  for (let run = 0; run < MEMORY_RUNS; run += 1) {
    client.forget();
    peaks.push(await client.peakOf('sync'));
  }
  const file = client.indexBytes();
  const peak = Math.max(...peaks) - MEMORY_ALLOWANCE;
  return [
    row({ measure: 'the first sync / curl and zstd -d of its snapshot', ...pairs, unit: 'ms', bar: 2.5 }),
    row({
      measure: 'the first sync: peak memory less 64 MiB / the index file',
      ours: peak / MB,
      baseline: file / MB,
      unit: 'MB',
      bar: 1.5,
    }),
  ];
}

async function syncsOfNothing(
  client: Client,
  counted: Client,
  proxy: CountingProxy,
  runs: number,
): Promise<Row[]> {
  const pairs = await paired(runs, {
    ours: () => client.run('sync'),
    baseline: () => client.run('--version'),
  });
  const before = proxy.requests;
  await counted.run('sync');
  return [
    row({ measure: 'a sync with nothing new / mpak --version', ...pairs, unit: 'ms', bar: 2 }),
    row({
      measure: 'a sync with nothing new: requests / one',
      ours: proxy.requests - before,
      baseline: 1,
      unit: 'requests',
      bar: 1,
    }),
  ];
}

async function syncsOfNewEntries(
  client: Client,
  counted: Client,
  proxy: CountingProxy,
  runs: number,
): Promise<Row[]> {
  const synced = client.keep();
  const pairs = await paired(runs, {
    ours: async () => {
      client.restore(synced);
      return client.run('sync');
    },
    baseline: () => client.run('--version'),
  });
  const before = proxy.bytes;
  await counted.run('sync');
  const what = `a sync of ${NEW_ENTRIES} new entries`;
  return [
    row({ measure: `${what} / mpak --version`, ...pairs, unit: 'ms', bar: 3 }),
    row({
      measure: `${what}: bytes on the wire, headers and all / 96 kB`,
      ours: (proxy.bytes - before) / 1000,
      baseline: WIRE_BYTES / 1000,
      unit: 'kB',
      bar: 1,
    }),
  ];
}

/** Milliseconds of both, one after the other; the first two rounds are for the disk's cache. */
async function paired(
  runs: number,
  { ours, baseline }: { ours: () => Promise<number>; baseline: () => Promise<number> },
): Promise<{ ours: number; baseline: number; ratio: number }> {
  const rounds: { ours: number; baseline: number }[] = [];
  for (let round = -2; round < runs; round += 1) {
    const times = { ours: await ours(), baseline: await baseline() };
    if (round >= 0) rounds.push(times);
  }
  return {
    ours: median(rounds.map((times) => times.ours)),
    baseline: median(rounds.map((times) => times.baseline)),
    ratio: median(rounds.map((times) => times.ours / times.baseline)),
  };
}

/** A home of mpak, and the registry that it syncs with. */
class Client {
  readonly #home: string;
  readonly #mpak: string;
  readonly #registry: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(home: string, mpak: string, registry: string) {
    mkdirSync(home, { mode: 0o700 });
    this.#home = home;
    this.#mpak = mpak;
    this.#registry = registry;
    this.#env = { PATH: process.env.PATH, HOME: home, MPAK_HOME: home, MPAK_REGISTRY_URL: registry };
  }

  /** @returns milliseconds */
  run(...args: string[]): Promise<number> {
    return timed([this.#mpak, ...args], this.#env);
  }

  /** @returns the most memory that it had, in bytes */
  async peakOf(...args: string[]): Promise<number> {
    const child = spawn(this.#mpak, args, { env: this.#env, stdio: 'ignore' });
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakMemory(child.pid as number));
    }, 1);
    const status = await new Promise((resolve) => child.once('exit', resolve));
    clearInterval(watch);
    if (status !== 0) throw new Error(`mpak ${args.join(' ')} ended with ${status}`);
    if (peak === 0) throw new Error('/proc does not tell the memory of a process: this is measured on Linux');
    return peak;
  }

  forget(): void {
    rmSync(path.join(this.#home, 'index'), { recursive: true, force: true });
  }

  /** @returns a folder for `restore` */
  keep(): string {
    const kept = path.join(this.#home, 'kept');
    cpSync(path.join(this.#home, 'index'), kept, { recursive: true });
    return kept;
  }

  restore(kept: string): void {
    this.forget();
    const index = path.join(this.#home, 'index');
    cpSync(kept, index, { recursive: true });
    // The index of a user has been on the disk for long: what a sync flushes is to be what it wrote itself.
    const files = readdirSync(index, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    flushTree(
      index,
      files.map(({ parentPath, name }) => path.join(parentPath, name)),
      [],
    );
  }

  indexBytes(): number {
    return statSync(new IndexStore(this.#home, new URL(this.#registry)).current() as string).size;
  }
}

function timed([command, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('exit', (status) => {
      const time = performance.now() - start;
      if (status !== 0) reject(new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`));
      else resolve(time);
    });
  });
}

/** Bytes, as Linux keeps them; not `maxRSS`, which begins with what the process had that started it. */
function peakMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    // It has ended.
    return 0;
  }
}

async function importEntries(folder: string, data: string, lines: readonly string[]): Promise<void> {
  const file = path.join(folder, 'entries.ndjson');
  writeFileSync(file, lines.join(''));
  await administer(['import', file, '--data', data]);
}

async function administer(args: readonly string[]): Promise<void> {
  const { status, stderr } = await mpakRegistry(args);
  if (status !== 0) throw new Error(`mpak-registry ${args.join(' ')} ended with ${status}: ${stderr}`);
}

function snapshotUrl(data: string, registry: string): string {
  const name = readdirSync(path.join(data, 'snapshots')).find((file) => file.endsWith('.db.zst'));
  return `${registry}/v1/index/snapshots/${name}`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '15' },
      packages: { type: 'string', default: String(PACKAGES) },
      binaries: { type: 'string' },
    },
  });
  const rows = await measureSync({
    runs: Number(values.runs),
    packages: Number(values.packages),
    binaries: values.binaries,
  });
  printRows(rows);
  if (rows.some(({ pass }) => !pass)) process.exitCode = 1;
}
