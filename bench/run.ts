/**
 * Runs every benchmark, one after the other, and ends with one table of all that they found.
 *
 *     npm run bench [-- --only NAME ...] [-- --quick]
 *
 * A whole run also writes bench/RESULTS.md. Exits with 1 when a benchmark fails or a bar is missed; one that fails does
 * not keep the others from being run.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BENCHES } from './benches.ts';
import { environment } from './environment.ts';
import { allPass, type Outcome, reportOf, tableOf } from './report.ts';

/** Milliseconds. */
const LONGEST = 30 * 60 * 1000;

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, quick: { type: 'boolean', default: false } },
});
const names = values.only ?? BENCHES.map(({ name }) => name);
for (const name of names) {
  if (!BENCHES.some((bench) => bench.name === name))
    throw new Error(`there is no benchmark ${name}: ${BENCHES.map((bench) => bench.name).join(', ')}`);
}
const outcomes: Outcome[] = [];
for (const name of names) {
  console.error(`# ${name}`);
  outcomes.push({ name, ...(await runOne(name, values.quick)) });
}
console.log(tableOf(outcomes));
if (values.only === undefined && !values.quick) {
  writeFileSync(path.join(import.meta.dirname, 'RESULTS.md'), reportOf(outcomes, environment(new Date())));
}
if (!allPass(outcomes)) process.exitCode = 1;

/** In a process of its own, which may also be killed for its memory, or end too late. */
function runOne(name: string, quick: boolean): Promise<Omit<Outcome, 'name'>> {
  return new Promise((resolve) => {
    let sent: Omit<Outcome, 'name'> | undefined;
    const child = fork(path.join(import.meta.dirname, 'one.ts'), [name, ...(quick ? ['quick'] : [])], {
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
      timeout: LONGEST,
    });
    child.once('message', (message) => {
      sent = message as Omit<Outcome, 'name'>;
    });
    child.once('close', (status, signal) => {
      resolve(sent ?? { rows: [], failure: `ended with ${signal ?? `status ${status}`}` });
    });
  });
}
