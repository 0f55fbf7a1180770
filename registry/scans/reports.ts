/** Reports of scans as the registry keeps them: the newest of each artifact, beside what the log says of it. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import type { ScannedArtifact } from './queue.ts';

export interface KeptReport {
  /** JSON, byte for byte as the scanner wrote it. */
  readonly report: string;
  /** Findings that are left out, for its size. */
  readonly omitted: number;
}

/** In the caller's transaction. */
export function storeReport(
  db: Database.Database,
  { package: name, version, sha256 }: ScannedArtifact,
  { report, omitted }: KeptReport,
): void {
  db.prepare(
    'INSERT OR REPLACE INTO scan_reports (package, version, sha256, report, omitted) VALUES (?, ?, ?, ?, ?)',
  ).run(name, version, sha256, zstdCompressSync(report), omitted);
}

export function readReport(
  db: Database.Database,
  { package: name, version, sha256 }: ScannedArtifact,
): KeptReport | undefined {
  const row = db
    .prepare<[string, string, string], { report: Buffer; omitted: number }>(
      'SELECT report, omitted FROM scan_reports WHERE package = ? AND version = ? AND sha256 = ?',
    )
    .get(name, version, sha256);
  return row && { report: zstdDecompressSync(row.report).toString('utf8'), omitted: row.omitted };
}
