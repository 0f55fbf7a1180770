/**
 * What it costs to scan a bundle of 30 MB in 3,000 files, as a ratio to `unzip -q` and `sha256sum`, and in memory.
 *
 *     node bench/scan.ts [--rounds 15]
 *
 * The bundle is made of what servers are made of: packages as npm has installed them here, vendored, and our own
 * sources as the server's code. Ours is a process that reads the archive, scans it and writes the report. Prints a table
 * and exits with 1 when a bar is missed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { zipSync } from 'fflate';
import { keepHeapSmall } from '../src/cli/frugal.ts';
import { certifiedManifest } from '../test/support/certified-bundle.ts';
import { pairedRow, printRows, type Row, row } from './rows.ts';

const ROOT = path.join(import.meta.dirname, '..');
const FILES = 3000;
const BYTES = 30_000_000;
const MEBIBYTE = 2 ** 20;

/** @returns a row a bar */
export async function measureScan({ rounds }: { readonly rounds: number }): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
  try {
    const archive = path.join(folder, 'large.mcpb');
    const { files, bytes } = writeLargeBundle(archive);
    const out = path.join(folder, 'out');
    const ours: number[] = [];
    const baseline: number[] = [];
    let memory = 0;
    for (let round = -1; round < rounds; round += 1) {
      const scan = await run([process.execPath, import.meta.filename, '--scan', archive]);
      const unzip = await run(['sh', '-c', 'sha256sum "$0" && unzip -q "$0" -d "$1"', archive, out]);
      rmSync(out, { recursive: true });
      if (round < 0) continue;
      memory = Math.max(memory, Number(scan.output));
      ours.push(scan.time);
      baseline.push(unzip.time);
    }
    const what = `scan of ${(bytes / 1e6).toFixed(0)} MB in ${files.toLocaleString('en')} files`;
    return [
      pairedRow({ measure: `${what} / sha256sum and unzip -q`, unit: 'ms', bar: 6 }, ours, baseline),
      row({ measure: `${what}: peak memory / 400 MB`, ours: memory, baseline: 400, unit: 'MB', bar: 1 }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeLargeBundle(file: string): { files: number; bytes: number } {
  const own = globSync('src/**/*.ts', { cwd: ROOT });
  const vendored = globSync('node_modules/**/*.{js,cjs,mjs,json,md,ts}', { cwd: ROOT })
    .filter((name) => !/node_modules[\\/](typescript|@types|@biomejs|\.)/.test(name))
    .map((name) => ({ name, stat: statSync(path.join(ROOT, name)) }))
    .filter(({ stat }) => stat.isFile() && stat.size > 200 && stat.size < 2_000_000)
    .map(({ name, stat }) => ({ name, size: stat.size }))
    .sort((a, b) => hashOf(a.name) - hashOf(b.name));
  const entries: Record<string, Uint8Array> = {
    'manifest.json': Buffer.from(JSON.stringify(certifiedManifest())),
  };
  let bytes = 0;
  let files = 1;
  const add = (name: string, content: Uint8Array) => {
    entries[name.replaceAll('\\', '/')] = content;
    bytes += content.length;
    files += 1;
  };
  for (const name of own)
    add(path.join('server', name.slice('src/'.length)), readFileSync(path.join(ROOT, name)));
  for (const { name, size } of vendored) {
    if (files === FILES) break;
    // What is left of the bytes is shared out over what is left of the files.
    const share = (BYTES - bytes) / (FILES - files);
    if (size < share / 4 || size > 8 * share) continue;
    add(name, readFileSync(path.join(ROOT, name)));
  }
  writeFileSync(file, zipSync(entries, { level: 6 }));
  return { files, bytes };
}

/** The same order on every machine, and not by package. */
function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

async function run([command, ...args]: readonly string[]): Promise<{ time: number; output: string }> {
  const start = performance.now();
  const child = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return { time: performance.now() - start, output };
}

/** As `mpak bundle scan` does it. Prints the most memory that this process had, in megabytes. */
async function scanHere(archive: string): Promise<void> {
  keepHeapSmall();
  const { scanArchive } = await import('../src/lib/certification/scan.ts');
  const report = await scanArchive(readFileSync(archive), {
    scanner: { name: 'mpak', version: 'bench' },
    at: new Date('2026-01-01T00:00:00Z'),
  });
  writeFileSync(`${archive}.json`, JSON.stringify(report));
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  console.log(((Number(peak) * 1024) / MEBIBYTE).toFixed(0));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '15' }, scan: { type: 'string' } },
  });
  if (values.scan !== undefined) await scanHere(values.scan);
  else {
    const rows = await measureScan({ rounds: Number(values.rounds) });
    printRows(rows);
    if (rows.some(({ pass }) => !pass)) process.exitCode = 1;
  }
}
