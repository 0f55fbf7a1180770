/** Runs every benchmark, one after the other. Exits with 1 when one of them misses a bar. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const BENCHES = ['search-quality.ts', 'real-records.ts', 'announce-load.ts', 'start.ts'];

for (const bench of BENCHES) {
  console.log(`\n# ${bench}`);
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, bench)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
