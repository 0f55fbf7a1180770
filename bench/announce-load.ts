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

const { values } = parseArgs({
  options: {
    artifacts: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '20' },
    publishers: { type: 'string', default: '16' },
  },
});
const artifacts = Number(values.artifacts);
const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
const github = await LocalGitHub.start();
const data = path.join(folder, 'registry');
// All of them come from one address.
const unlimited = ['--rate-reads', '0', '--rate-writes', '0', '--rate-owner', '0'];
const registry = await startRegistry({ data, github, args: unlimited });
try {
  const { announceMs, seconds, syncs, searches, problems } = await announceUnderLoad({
    folder,
    github,
    url: registry.url,
    dataFolder: data,
    artifacts,
    clients: Number(values.clients),
    publishers: Number(values.publishers),
  });
  const size = await logSize(registry.url);
  if (size !== artifacts) problems.push(`the log has ${size} entries`);
  const verified = await mpakRegistry(['verify', '--data', data]);
  if (verified.status !== 0) problems.push(verified.stdout + verified.stderr);
  const tenth = Math.ceil(artifacts / 10);
  const first = median(announceMs.slice(0, tenth));
  const last = median(announceMs.slice(-tenth));
  console.log(
    `${artifacts} artifacts announced in ${seconds.toFixed(1)} s: ${Math.round(artifacts / seconds)} a second`,
  );
  console.log(`meanwhile ${values.clients} clients synced ${syncs} times and searched ${searches} times`);
  console.log(
    `an announcement in the last tenth takes ${(last / first).toFixed(2)} × one in the first tenth (median)`,
  );
  for (const problem of problems.slice(0, 20)) console.error(problem);
  console.log(
    problems.length === 0 ? 'nothing refused, nothing lost, the log replays' : `${problems.length} problems`,
  );
  if (problems.length > 0) process.exitCode = 1;
} finally {
  await registry.stop();
  await github.close();
  rmSync(folder, { recursive: true, force: true });
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
