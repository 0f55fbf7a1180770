/**
 * Artifacts that wait for their scan: a table of the registry's own. An artifact enters in the transaction that announces
 * it, and leaves in the one that certifies it, so that whatever is killed in between, it is there or it is done.
 */
import type Database from 'better-sqlite3';

/** One file of a version, which may be published for several platforms. */
export interface ScannedArtifact {
  readonly package: string;
  readonly version: string;
  /** Hex. */
  readonly sha256: string;
}

export interface ScanJob extends ScannedArtifact {
  readonly request: number;
  readonly kills: number;
  readonly misses: number;
  readonly failures: number;
  /** Bytes. */
  readonly size: number;
  /** Where it was announced, each place once. */
  readonly urls: readonly string[];
  /** JSON, of the version; null for what was imported without. */
  readonly provenance: string | null;
}

/** What is counted against a job that is tried again. */
export type Setback = 'kills' | 'misses' | 'failures';

/**
 * In the caller's transaction. What waits already is asked for once more: an answer that is under way is not taken then.
 * @param rescan the operator asks: it comes after what was never scanned, and what went wrong before is forgotten
 */
export function enqueueScan(
  db: Database.Database,
  { package: name, version, sha256 }: ScannedArtifact,
  { rescan, now }: { readonly rescan: boolean; readonly now: Date },
): void {
  db.prepare(
    `INSERT INTO scan_queue (package, version, sha256, rescan, due) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET request = request + 1, rescan = min(rescan, excluded.rescan), due = excluded.due,
       kills = iif(excluded.rescan, 0, kills), misses = iif(excluded.rescan, 0, misses),
       failures = iif(excluded.rescan, 0, failures)`,
  ).run(name, version, sha256, rescan ? 1 : 0, now.getTime());
}

/**
 * What was announced and is not revoked, of all packages, of one, or of a version of it.
 * In the caller's transaction. @returns how many artifacts
 */
export function enqueueRescans(
  db: Database.Database,
  name: string | undefined,
  version: string | undefined,
  now: Date,
): number {
  const artifacts = db
    .prepare<[string | null, string | null, string | null, string | null], ScannedArtifact>(
      `SELECT DISTINCT p.name AS package, v.version, a.sha256
       FROM packages p JOIN versions v ON v.package_id = p.id JOIN artifacts a ON a.version_id = v.id
       WHERE v.provenance IS NOT NULL AND v.revoked IS NULL
         AND (? IS NULL OR p.name = ?) AND (? IS NULL OR v.version = ?)`,
    )
    .all(name ?? null, name ?? null, version ?? null, version ?? null);
  for (const artifact of artifacts) enqueueScan(db, artifact, { rescan: true, now });
  return artifacts.length;
}

export interface Turn {
  readonly now: Date;
  /** Longest that a job is put off: what is due later than that was put off by another clock, and is due. */
  readonly longestMs: number;
  /** Are not looked at. */
  readonly running: readonly ScannedArtifact[];
  /** Scopes of which something was scanned lately, the latest last. */
  readonly servedLast: readonly string[];
}

/**
 * The job whose turn it is. What was never scanned comes first: of a scope that was not served lately, else of the one
 * that was served longest ago, so that nobody waits for all that another one has announced. Then what is scanned again, by
 * the time since which it waits: there, the operator is the only one who asks.
 */
export function nextScan(db: Database.Database, turn: Turn): ScanJob | undefined {
  const { now, longestMs, running, servedLast } = turn;
  const bounds = {
    now: now.getTime(),
    latest: now.getTime() + longestMs,
    running: JSON.stringify(running.map(({ package: name, version, sha256 }) => [name, version, sha256])),
    served: JSON.stringify(servedLast),
  };
  const first = (condition: string, more: { readonly scope?: string } = {}) =>
    db
      .prepare<object, ScannedArtifact>(
        `SELECT package, version, sha256 FROM scan_queue
         WHERE ${condition} AND (due <= @now OR due > @latest OR kills + misses + failures = 0) AND NOT EXISTS
           (SELECT 1 FROM json_each(@running) r
            WHERE r.value ->> 0 = package AND r.value ->> 1 = version AND r.value ->> 2 = sha256)
         ORDER BY due LIMIT 1`,
      )
      .get({ ...bounds, ...more });
  const ofServed = () => {
    const waiting = new Set(waitingScopes(db));
    for (const scope of servedLast) {
      const oldest = waiting.has(scope) ? first(`rescan = 0 AND ${SCOPE} = @scope`, { scope }) : undefined;
      if (oldest !== undefined) return oldest;
    }
    return undefined;
  };
  const next =
    first(`rescan = 0 AND ${SCOPE} NOT IN (SELECT value FROM json_each(@served))`) ??
    ofServed() ??
    first('rescan = 1');
  return next && readJob(db, next);
}

/** As the index scan_queue_by_scope has it. */
const SCOPE = "substr(package, 2, instr(package, '/') - 2)";

/** One step through the index for each: of a scope that waits with thousands, only one row is looked at. */
function waitingScopes(db: Database.Database): string[] {
  return db
    .prepare<[], string>(
      `WITH RECURSIVE scopes (scope) AS (
         SELECT min(${SCOPE}) FROM scan_queue WHERE rescan = 0
         UNION ALL
         SELECT (SELECT min(${SCOPE}) FROM scan_queue WHERE rescan = 0 AND ${SCOPE} > scopes.scope)
         FROM scopes WHERE scopes.scope IS NOT NULL
       )
       SELECT scope FROM scopes WHERE scope IS NOT NULL`,
    )
    .pluck()
    .all();
}

function readJob(db: Database.Database, row: ScannedArtifact): ScanJob | undefined {
  const job = db
    .prepare<[string, string, string], Omit<ScanJob, 'urls'> & { urls: string }>(
      `SELECT q.package, q.version, q.sha256, q.request, q.kills, q.misses, q.failures, v.provenance, a.size,
         json_group_array(DISTINCT a.url) AS urls
       FROM scan_queue q
       JOIN packages p ON p.name = q.package
       JOIN versions v ON v.package_id = p.id AND v.version = q.version
       JOIN artifacts a ON a.version_id = v.id AND a.sha256 = q.sha256
       WHERE q.package = ? AND q.version = ? AND q.sha256 = ?
       GROUP BY q.package`,
    )
    .get(row.package, row.version, row.sha256);
  return job && { ...job, urls: JSON.parse(job.urls) as string[] };
}

/** Counts what went wrong, and puts the job off, unless somebody has asked again meanwhile. In the caller's transaction. */
export function postponeScan(db: Database.Database, job: ScanJob, setback: Setback, due: number): void {
  db.prepare(
    `UPDATE scan_queue SET ${setback} = ${setback} + 1, due = ?
     WHERE package = ? AND version = ? AND sha256 = ? AND request = ?`,
  ).run(due, job.package, job.version, job.sha256, job.request);
}

/** Whether a job waits as it was taken: nobody has done it meanwhile, and nobody has asked again. */
export function isWanted(db: Database.Database, job: ScanJob): boolean {
  return (
    db
      .prepare<[string, string, string], number>(
        'SELECT request FROM scan_queue WHERE package = ? AND version = ? AND sha256 = ?',
      )
      .pluck()
      .get(job.package, job.version, job.sha256) === job.request
  );
}

export function dequeueScan(
  db: Database.Database,
  { package: name, version, sha256 }: ScannedArtifact,
): void {
  db.prepare('DELETE FROM scan_queue WHERE package = ? AND version = ? AND sha256 = ?').run(
    name,
    version,
    sha256,
  );
}

/** How many wait or are being scanned. */
export function queueLength(db: Database.Database): number {
  return db.prepare<[], number>('SELECT count(*) FROM scan_queue').pluck().get() as number;
}

export function isQueued(
  db: Database.Database,
  { package: name, version, sha256 }: ScannedArtifact,
): boolean {
  return (
    db
      .prepare('SELECT 1 FROM scan_queue WHERE package = ? AND version = ? AND sha256 = ?')
      .get(name, version, sha256) !== undefined
  );
}
