/** Runs one benchmark by its name and sends its rows to run.ts, whose child this is: no benchmark fills another's memory. */
import { BENCHES } from './benches.ts';

const [name, quick] = process.argv.slice(2);
const bench = BENCHES.find((each) => each.name === name);
if (bench === undefined) throw new Error(`there is no benchmark ${name}`);
try {
  process.send?.({ rows: await bench.run(quick === 'quick') });
} catch (error) {
  console.error(error);
  process.send?.({ rows: [], failure: error instanceof Error ? error.message : String(error) });
}
process.disconnect?.();
