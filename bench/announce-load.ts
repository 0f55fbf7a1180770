/**
 * Ten thousand artifacts announced to one registry while clients sync and search.
 *
 *     node bench/announce-load.ts [--artifacts N] [--clients N] [--publishers N]
 *
 * Prints how long an announcement takes at the end of the run as a ratio to the beginning of it, and exits with 1 when
 * anything was refused or lost, or does not replay.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { announceUnderLoad } from '../test/support/announce-load.ts';
import { mpakRegistry } from '../test/support/cli.ts';
import { LocalGitHub } from '../test/support/github.ts';
import { logSize, startRegistry } from '../test/support/registry.ts';
import { median, printRows, type Row, row } from './rows.ts';

export interface AnnounceOptions {
  readonly artifacts: number;
  readonly clients: number;
  readonly publishers: number;
}

export interface Announced {
  readonly rows: readonly Row[];
  readonly seconds: number;
  readonly syncs: number;
  readonly searches: number;
  /** What was refused or lost, or does not replay. */
  readonly problems: readonly string[];
}

/** @throws Error when anything was refused or lost, or does not replay */
export async function measureAnnounce(options: AnnounceOptions): Promise<readonly Row[]> {
  const { rows, problems } = await announce(options);
  if (problems.length > 0) throw new Error(`${problems.length} problems, the first: ${problems[0]}`);
  return rows;
}

async function announce({ artifacts, clients, publishers }: AnnounceOptions): Promise<Announced> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
  const github = await LocalGitHub.start();
  const data = path.join(folder, 'registry');
  // All of them come from one address.
  const unlimited = ['--rate-reads', '0', '--rate-writes', '0', '--rate-owner', '0'];
  const registry = await startRegistry({ data, github, args: unlimited });
  try {
    const { announceMs, problems, ...told } = await announceUnderLoad({
      folder,
      github,
      url: registry.url,
      dataFolder: data,
      artifacts,
      clients,
      publishers,
    });
    const size = await logSize(registry.url);
    if (size !== artifacts) problems.push(`the log has ${size} entries`);
    const verified = await mpakRegistry(['verify', '--data', data]);
    if (verified.status !== 0) problems.push(verified.stdout + verified.stderr);
    const tenth = Math.ceil(artifacts / 10);
    const measure =
      `registry: an announcement in the last tenth of ${artifacts.toLocaleString('en-US')}, ` +
      `while ${clients} clients sync and search / in the first tenth`;
    const [ours, baseline] = [median(announceMs.slice(-tenth)), median(announceMs.slice(0, tenth))];
    return { rows: [row({ measure, ours, baseline, unit: 'ms' })], problems, ...told };
  } finally {
    await registry.stop();
    await github.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      artifacts: { type: 'string', default: '10000' },
      clients: { type: 'string', default: '20' },
      publishers: { type: 'string', default: '16' },
    },
  });
  const artifacts = Number(values.artifacts);
  const { rows, seconds, syncs, searches, problems } = await announce({
    artifacts,
    clients: Number(values.clients),
    publishers: Number(values.publishers),
  });
  console.log(
    `${artifacts} artifacts announced in ${seconds.toFixed(1)} s: ${Math.round(artifacts / seconds)} a second`,
  );
  console.log(`meanwhile ${values.clients} clients synced ${syncs} times and searched ${searches} times`);
  printRows(rows);
  for (const problem of problems.slice(0, 20)) console.error(problem);
  console.log(
    problems.length === 0 ? 'nothing refused, nothing lost, the log replays' : `${problems.length} problems`,
  );
  if (problems.length > 0) process.exitCode = 1;
}
