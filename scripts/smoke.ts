/**
 * Whether executables work where they were built: each says what it is, opens a database, and is Node for a server.
 *
 *     node scripts/smoke.ts dist/binaries/linux-x64
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readRecords, recordsToEntries } from '../test/support/records.ts';
import { SAMPLE_REGISTRY, writeIndex, writeInstalled } from '../test/support/sample-home.ts';
import { run } from './run.ts';

/** Has its answer from what a worker of it forks. */
const SERVER = `
  const { isMainThread, Worker } = require('node:worker_threads');
  const argv = process.argv.slice(2);
  if (process.send) process.send('forked ' + argv[0]);
  else if (isMainThread) new Worker(__filename, { argv });
  else require('node:child_process').fork(__filename, argv).once('message', (said) => process.stdout.write(said));
`;

const folder = process.argv[2];
if (folder === undefined) throw new Error('which folder?');
const suffix = process.platform === 'win32' ? '.exe' : '';
const [mpak, registry] = ['mpak', 'mpak-registry'].map((name) =>
  path.resolve(folder, `${name}${suffix}`),
) as [string, string];
const home = mkdtempSync(path.join(os.tmpdir(), 'mpak-smoke-'));
try {
  const env = {
    ...process.env,
    MPAK_HOME: home,
    MPAK_REGISTRY_URL: SAMPLE_REGISTRY,
    MPAK_NO_UPDATE_CHECK: '1',
  };
  const entries = recordsToEntries(
    readRecords(new URL('../test/fixtures/records.ndjson.gz', import.meta.url)),
  ).slice(0, 50);
  expect(/^mpak\/\d/, run(mpak, ['--version'], { env }));
  expect(/^mpak-registry\/\d/, run(registry, ['--version'], { env }));
  writeIndex(home, entries);
  expect(/^@/, run(mpak, ['search', 'mcp'], { env }));
  await writeInstalled(home, '@acme/smoke', SERVER);
  expect(/^forked x$/, run(mpak, ['run', '@acme/smoke', '--', 'x'], { env }));
  const file = path.join(home, 'entries.ndjson');
  const data = path.join(home, 'registry');
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  run(registry, ['import', file, '--data', data], { env });
  run(registry, ['verify', '--data', data], { env });
} finally {
  rmSync(home, { recursive: true, force: true });
}

function expect(pattern: RegExp, said: string): void {
  if (!pattern.test(said)) throw new Error(`it says ${JSON.stringify(said)}, which is not ${pattern}`);
}
