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

const { values } = parseArgs({ options: { records: { type: 'string' } } });
const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
try {
  await main(values.records ?? defaultRecords());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(records: string | URL): Promise<void> {
  const entries = recordsToEntries(readRecords(records));
  const file = path.join(folder, 'records.ndjson');
  const data = path.join(folder, 'registry');
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  console.log(`${entries.length} packages of ${records}`);

  const baseline = time(() => {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line !== '')
        createHash('sha256')
          .update(JSON.stringify(JSON.parse(line)))
          .digest();
    }
  });
  report('read, parse and hash the lines (the baseline)', baseline, baseline);
  const imported = await timed(() => mpakRegistry(['import', file, '--data', data]));
  report(
    'mpak-registry import',
    imported,
    baseline,
    `${Math.round(entries.length / (imported / 1000))} entries a second`,
  );

  report('mpak-registry snapshot', await timed(() => mpakRegistry(['snapshot', '--data', data])), baseline);

  const registry = await startRegistry({ data });
  try {
    const environment = { MPAK_REGISTRY_URL: registry.url };
    report('mpak sync, the first', await timed(() => mpak(folder, ['sync'], environment)), baseline);
    report(
      'mpak sync --verify',
      await timed(() => mpak(folder, ['sync', '--verify'], environment)),
      baseline,
    );
  } finally {
    await registry.stop();
  }
  report('mpak-registry verify', await timed(() => mpakRegistry(['verify', '--data', data])), baseline);
  console.log('import, sync and replay agree');
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

function report(what: string, milliseconds: number, baseline: number, more = ''): void {
  const ratio = `${(milliseconds / baseline).toFixed(1)} ×`;
  console.log(
    `${ratio.padStart(8)}  ${`${(milliseconds / 1000).toFixed(2)} s`.padStart(8)}  ${what}${more && `: ${more}`}`,
  );
}
