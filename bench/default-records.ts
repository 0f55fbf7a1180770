/** The records to measure with when none are named. */
import { existsSync } from 'node:fs';

const REAL = new URL('../../shared/data/mcp-packages.ndjson.gz', import.meta.url);
const SAMPLE = new URL('../test/fixtures/records.ndjson.gz', import.meta.url);

/** Whether the whole corpus lies beside the repository. */
export function hasRealRecords(): boolean {
  return existsSync(REAL);
}

/** The whole corpus where it lies beside the repository, else the sample inside it. */
export function defaultRecords(): URL {
  return hasRealRecords() ? REAL : SAMPLE;
}
