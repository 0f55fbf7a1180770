/**
 * Scans what waits in the queue, some at a time: downloads the bytes that the log names, has a worker judge them, and
 * records what it said. Whatever happens to the server, the queue knows what is left to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { Logger } from 'pino';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import type { ScorecardSource } from '../../src/lib/certification/context.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import type { GitHub } from '../github.ts';
import type { ScanLimits } from '../limits.ts';
import { writeTransaction } from '../write.ts';
import { certify } from './certify.ts';
import { downloadBundle } from './download.ts';
import { clearFolder, newFile, removeFile } from './folder.ts';
import { keptProof, type Trust } from './kept-proof.ts';
import type { Order } from './order.ts';
import { nextScan, postponeScan, type ScanJob, type Setback } from './queue.ts';
import { announcedScorecard } from './scorecard.ts';
import { unscanned, type Verdict } from './verdict.ts';
import { runWorker, type WorkerEnd, type WorkerOptions } from './worker-process.ts';

/**
 * Of a job: certified, unchanged, unwanted (as in certify.ts) or given-up, after which it is certified with errors. Of
 * an attempt, after which there is another: killed, missing (its bytes), failed.
 */
export type ScanResult =
  | 'certified'
  | 'unchanged'
  | 'unwanted'
  | 'given-up'
  | 'killed'
  | 'missing'
  | 'failed';

export interface ScanPoolOptions extends WorkerOptions {
  readonly db: Database.Database;
  readonly github: Pick<GitHub, 'saveAsset'>;
  /** For bundles while they are scanned; made when it is needed. */
  readonly folder: string;
  /** At a time. */
  readonly workers: number;
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** Database of known vulnerabilities. */
  readonly vulnerabilities?: string | undefined;
  /** What is older in it does not count as known. */
  readonly maxAgeDays: number;
  /** Opened for each bundle: a file may be another then. */
  readonly scorecards?: (() => ScorecardSource) | undefined;
  readonly trust: Trust;
  /** URL prefixes that packages may be from, by purl type: asked once. */
  readonly approvedSources: () => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Of this program. */
  readonly version: string;
  readonly limits: ScanLimits;
  readonly now: () => Date;
  readonly log: Logger;
  /** Called after the log has grown. */
  readonly onGrown: () => void;
  readonly onResult: (result: ScanResult) => void;
  readonly onWorkerEnd: (seconds: number) => void;
}

const KILLED =
  'The bundle ended every worker that scanned it: it takes more memory or time than this registry gives.';
const MISSING = 'The bytes that were announced are not where they were announced.';

/** That have their turn last: more announce at once only when many attack together. */
const SCOPES_REMEMBERED = 10_000;

export class ScanPool {
  readonly #options: ScanPoolOptions;
  readonly #running = new Map<ScanJob, Promise<void>>();
  /** Scopes, the one that was served last behind. */
  readonly #served = new Set<string>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #approved: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(options: ScanPoolOptions) {
    this.#options = options;
    clearFolder(options.folder);
    this.wake();
  }

  /** How many are being scanned. */
  get running(): number {
    return this.#running.size;
  }

  /** Call it after something was enqueued: what others enqueue is found a little later. */
  wake(): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#timer);
    const { limits, log } = this.#options;
    try {
      this.#startDue();
    } catch (error) {
      // Thrown out of a timer, it would end the server.
      log.error({ failure: (error as Error).message }, 'scan queue not read');
    }
    this.#timer = setTimeout(() => this.wake(), limits.pollMs);
  }

  /** Ends scans that are under way: they begin again at the next start. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort(new Error('the server stops'));
    await Promise.all(this.#running.values());
  }

  #startDue(): void {
    const { db, now, workers, limits } = this.#options;
    while (this.#running.size < workers) {
      const running = [...this.#running.keys()];
      const turn = { now: now(), longestMs: limits.longestMs, running, servedLast: [...this.#served] };
      const job = nextScan(db, turn);
      if (job === undefined) return;
      this.#serve(job);
      const work = this.#work(job).finally(() => {
        this.#running.delete(job);
        this.wake();
      });
      this.#running.set(job, work);
    }
  }

  /** The scope is the last one again. */
  #serve({ package: name }: ScanJob): void {
    const scope = scopeOf(name as PackageName);
    this.#served.delete(scope);
    this.#served.add(scope);
    if (this.#served.size > SCOPES_REMEMBERED) {
      for (const oldest of this.#served) {
        this.#served.delete(oldest);
        break;
      }
    }
  }

  /** Never throws: what fails here leaves the job where it is. */
  async #work(job: ScanJob): Promise<void> {
    const { folder, github, log } = this.#options;
    let file: string | undefined;
    try {
      file = newFile(folder);
      const download = await downloadBundle(github, job, file, this.#stop.signal);
      if (download.kind === 'missing') await this.#missed(job, download.reason);
      else if (download.kind === 'failed') await this.#failed(job, download.reason, download.waitMs);
      else await this.#judged(job, await this.#judge(job, file));
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      log.error({ ...shown(job), failure: (error as Error).message }, 'scan not recorded');
      // Where not even that can be written, nothing but a pause here keeps it from being tried at once, again and again.
      await this.#failed(job, (error as Error).message).catch(() => this.#pause());
    } finally {
      if (file !== undefined) removeFile(file);
    }
  }

  async #judge(job: ScanJob, file: string): Promise<WorkerEnd> {
    const { memoryBytes, timeoutMs, vulnerabilities, maxAgeDays, now, onWorkerEnd } = this.#options;
    const started = performance.now();
    const provenance = job.provenance === null ? null : (JSON.parse(job.provenance) as Provenance);
    let known: Pick<Order, 'attestation' | 'scorecard' | 'approvedSources'>;
    try {
      known = await this.#askAbout(job, provenance);
    } catch (error) {
      // What could not be asked is asked again with the next try.
      this.#approved = undefined;
      return { kind: 'failed', reason: (error as Error).message };
    }
    const order = {
      ...known,
      file,
      sha256: job.sha256,
      at: now().toISOString(),
      provenance,
      vulnerabilities: vulnerabilities ?? null,
      maxAgeDays,
      memoryBytes,
      timeoutMs,
    };
    const end = await runWorker(order, this.#options, this.#stop.signal);
    onWorkerEnd((performance.now() - started) / 1000);
    return end;
  }

  /** What is known of a bundle beside its bytes. @throws what is wrong with who was asked */
  async #askAbout(
    job: ScanJob,
    provenance: Provenance | null,
  ): Promise<Pick<Order, 'attestation' | 'scorecard' | 'approvedSources'>> {
    const { db, trust, scorecards, limits } = this.#options;
    this.#approved ??= this.#options.approvedSources();
    const approved = [...(await this.#approved)].map(([type, urls]) => [type, [...urls]] as const);
    const attestation = await keptProof(db, job, provenance, trust);
    const isLast = job.failures + 1 >= limits.asked;
    const scorecard = scorecards && (await announcedScorecard(scorecards(), provenance, attestation, isLast));
    return { attestation, scorecard, approvedSources: Object.fromEntries(approved) };
  }

  async #judged(job: ScanJob, end: WorkerEnd): Promise<void> {
    if (end.kind === 'verdict') return this.#certify(job, end.verdict);
    if (end.kind === 'failed') return this.#failed(job, end.reason);
    this.#tell(job, 'killed', end.reason);
    if (job.kills + 1 >= this.#options.limits.kills) return this.#giveUp(job, KILLED);
    return this.#postpone(job, 'kills', 0);
  }

  async #missed(job: ScanJob, reason: string): Promise<void> {
    this.#tell(job, 'missing', reason);
    if (job.misses + 1 >= this.#options.limits.misses) return this.#giveUp(job, MISSING);
    return this.#postpone(job, 'misses', this.#backoff(job.misses));
  }

  async #failed(job: ScanJob, reason: string, waitMs = 0): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#tell(job, 'failed', reason);
    return this.#postpone(job, 'failures', Math.max(waitMs, this.#backoff(job.failures)));
  }

  #backoff(times: number): number {
    const [first, last] = this.#options.limits.backoffMs;
    return Math.min(first * 2 ** Math.min(times, 30), last);
  }

  async #postpone(job: ScanJob, setback: Setback, waitMs: number): Promise<void> {
    const { db, now, limits } = this.#options;
    const due = now().getTime() + Math.min(waitMs, limits.longestMs);
    await writeTransaction(db, () => postponeScan(db, job, setback, due));
  }

  /** Until the server stops, at most. */
  async #pause(): Promise<void> {
    const [first] = this.#options.limits.backoffMs;
    await sleep(first, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  async #giveUp(job: ScanJob, why: string): Promise<void> {
    const { version, now, onResult } = this.#options;
    onResult('given-up');
    await this.#certify(job, unscanned(job, why, { name: 'mpak', version }, now()));
  }

  async #certify(job: ScanJob, verdict: Verdict): Promise<void> {
    const { db, now, log, onResult, onGrown } = this.#options;
    const result = await writeTransaction(db, () => certify(db, job, verdict, now()));
    onResult(result);
    log.info({ ...shown(job), level: verdict.level, result }, 'scanned');
    if (result === 'certified') onGrown();
  }

  #tell(job: ScanJob, result: ScanResult, failure: string): void {
    this.#options.onResult(result);
    this.#options.log.warn({ ...shown(job), failure, result }, 'not scanned');
  }
}

function shown({ package: name, version, sha256 }: ScanJob) {
  return { package: name, version, sha256 };
}
