/** The records to measure with when none are named. */
import { existsSync } from 'node:fs';

/** The whole corpus where it lies beside the repository, else the sample inside it. */
export function defaultRecords(): URL {
  const whole = new URL('../../shared/data/mcp-packages.ndjson.gz', import.meta.url);
  return existsSync(whole) ? whole : new URL('../test/fixtures/records.ndjson.gz', import.meta.url);
}
