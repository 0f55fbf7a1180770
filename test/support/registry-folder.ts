/** A registry's data folder with entries in its log, as they are: not even the form of a log is asked of them. */
import { DataFolder } from '../../registry/data-folder.ts';
import { storeReport } from '../../registry/scans/reports.ts';
import { append } from '../../src/lib/index/append.ts';
import { type Entry, encodeEntry } from '../../src/lib/log/entry.ts';

export interface StoredReport {
  readonly package: string;
  readonly version: string;
  readonly sha256: string;
  readonly report: object;
}

export function writeRegistryFolder(
  folder: string,
  entries: readonly Entry[],
  reports: readonly StoredReport[] = [],
): void {
  const db = new DataFolder(folder).open();
  try {
    const parsed = new Map<Uint8Array, { entry: Entry }>(
      entries.map((entry) => [encodeEntry(entry), { entry }]),
    );
    const parse = (line: Uint8Array) => parsed.get(line) as { entry: Entry };
    db.transaction(() => {
      append(db, parsed.keys(), { keepLines: true, parse });
      for (const { report, ...artifact } of reports) {
        storeReport(db, artifact, { report: JSON.stringify(report), omitted: 0 });
      }
    }).immediate();
  } finally {
    db.close();
  }
}
