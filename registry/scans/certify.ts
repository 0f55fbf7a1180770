/** Records what a scan came to: the entry of the log, the report, and the end of the job, in one transaction. */
import { isDeepStrictEqual } from 'node:util';
import type Database from 'better-sqlite3';
import { append } from '../../src/lib/index/append.ts';
import { type CertifyEntry, encodeEntry } from '../../src/lib/log/entry.ts';
import { dequeueScan, isWanted, type ScanJob } from './queue.ts';
import { storeReport } from './reports.ts';
import type { Verdict } from './verdict.ts';

/**
 * In the caller's transaction.
 * @returns `unchanged`: the log says the same already, and got no entry; `unwanted`: somebody was faster, or asked again
 */
export function certify(
  db: Database.Database,
  job: ScanJob,
  verdict: Verdict,
  at: Date,
): 'certified' | 'unchanged' | 'unwanted' {
  if (!isWanted(db, job)) return 'unwanted';
  const { package: name, version, sha256 } = job;
  const { level, controls, scanner } = verdict;
  storeReport(db, job, verdict);
  dequeueScan(db, job);
  if (isSaid(db, job, verdict)) return 'unchanged';
  const entry: CertifyEntry = {
    kind: 'certify',
    package: name,
    version,
    sha256,
    level,
    controls,
    scanner,
    at: at.toISOString(),
  };
  append(db, [encodeEntry(entry)], { keepLines: true });
  return 'certified';
}

interface Certified {
  readonly controls: string;
  readonly scanner: string;
}

/**
 * Whether the newest entry says the same of all artifacts with these bytes: the level and every control, by the same
 * catalogue. With which data, and by which version of the scanner, the report says.
 */
function isSaid(db: Database.Database, job: ScanJob, { level, controls, scanner }: Verdict): boolean {
  const newest = db
    .prepare<[string, string, string], Certified>(
      `SELECT controls, scanner FROM certifications
       WHERE sha256 = ? AND package = ? AND version = ? ORDER BY seq DESC LIMIT 1`,
    )
    .get(job.sha256, job.package, job.version);
  if (newest === undefined) return false;
  const { catalogue } = JSON.parse(newest.scanner) as { catalogue?: unknown };
  if (catalogue !== scanner.catalogue) return false;
  if (!isDeepStrictEqual(JSON.parse(newest.controls), controls)) return false;
  // Of a platform that was announced later with the same bytes, the entry says nothing.
  const others = db
    .prepare<[string, string, string, number], number>(
      `SELECT count(*) FROM packages p
       JOIN versions v ON v.package_id = p.id
       JOIN artifacts a ON a.version_id = v.id
       WHERE p.name = ? AND v.version = ? AND a.sha256 = ? AND a.certification_level IS NOT ?`,
    )
    .pluck()
    .get(job.package, job.version, job.sha256, level);
  return others === 0;
}
