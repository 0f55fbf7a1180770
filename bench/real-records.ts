/**
 * Real records through the whole spine: imported into a registry, synced by a client, and both compared row by row
 * with a replay of the log.
 *
 *     node bench/real-records.ts [--records FILE]
 *
 * Prints what took how long, as a ratio to reading and hashing the same lines in the same run, and exits with 1 when
 * anything disagrees.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mpak, mpakRegistry, type Result } from '../test/support/cli.ts';
import { readRecords, recordsToEntries } from '../test/support/records.ts';
import { startRegistry } from '../test/support/registry.ts';
import { defaultRecords } from './default-records.ts';
import { printRows, type Row, row } from './rows.ts';

/** @returns a row a step, told and not asked of @throws Error when anything disagrees */
export async function measureRealRecords(records: string | URL = defaultRecords()): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
  try {
    return await measureIn(folder, records);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureIn(folder: string, records: string | URL): Promise<Row[]> {
  const entries = recordsToEntries(readRecords(records));
  const file = path.join(folder, 'records.ndjson');
  const data = path.join(folder, 'registry');
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));

  const baseline = time(() => {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line !== '')
        createHash('sha256')
          .update(JSON.stringify(JSON.parse(line)))
          .digest();
    }
  });
  const packages = entries.length.toLocaleString('en-US');
  const against = (command: string, milliseconds: number): Row =>
    row({
      measure: `${command}, ${packages} packages / read, parse and hash the lines`,
      ours: milliseconds / 1000,
      baseline: baseline / 1000,
      unit: 's',
    });
  const rows = [
    against('mpak-registry import', await timed(() => mpakRegistry(['import', file, '--data', data]))),
    against('mpak-registry snapshot', await timed(() => mpakRegistry(['snapshot', '--data', data]))),
  ];
  const registry = await startRegistry({ data });
  try {
    const environment = { MPAK_REGISTRY_URL: registry.url };
    rows.push(
      against('mpak sync, the first', await timed(() => mpak(folder, ['sync'], environment))),
      against('mpak sync --verify', await timed(() => mpak(folder, ['sync', '--verify'], environment))),
    );
  } finally {
    await registry.stop();
  }
  rows.push(against('mpak-registry verify', await timed(() => mpakRegistry(['verify', '--data', data]))));
  return rows;
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Milliseconds of a command. @throws Error when it fails: a disagreement has an exit status of its own */
async function timed(command: () => Promise<Result>): Promise<number> {
  const start = performance.now();
  const { status, stdout, stderr } = await command();
  if (status !== 0) throw new Error(`status ${status}: ${stdout}${stderr}`);
  return performance.now() - start;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { records: { type: 'string' } } });
  printRows(await measureRealRecords(values.records));
  console.log('import, sync and replay agree');
}
