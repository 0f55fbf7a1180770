/** Prints the sample of real package records as publish entries, one JSON a line: something to import and search. */
import { readRecords, recordsToEntries } from '../test/support/records.ts';

const records = readRecords(new URL('../test/fixtures/records.ndjson.gz', import.meta.url));
for (const entry of recordsToEntries(records)) process.stdout.write(`${JSON.stringify(entry)}\n`);
