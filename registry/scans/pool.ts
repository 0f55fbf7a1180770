/**
 * Scans what waits in the queue, some at a time: downloads the bytes that the log names, has a worker judge them, and
 * records what it said. Whatever happens to the server, the queue knows what is left to do.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { Logger } from 'pino';
import { type PackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import type { GitHub } from '../github.ts';
import { HttpError } from '../http.ts';
import type { ScanLimits } from '../limits.ts';
import { writeTransaction } from '../write.ts';
import { certify } from './certify.ts';
import { keptProof, type Trust } from './kept-proof.ts';
import type { Order } from './order.ts';
import { dueScans, postponeScan, type ScanJob, type Setback } from './queue.ts';
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

/** Its bytes are in the file; or they are not where they were announced; or that cannot be told. */
type Download =
  | { readonly kind: 'saved' }
  | { readonly kind: 'missing' | 'failed'; readonly reason: string; readonly waitMs?: number };

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
    removeFiles(options.folder);
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
    const count = workers - this.#running.size;
    if (count <= 0) return;
    const running = [...this.#running.keys()];
    const due = dueScans(db, {
      ...{ now: now(), longestMs: limits.longestMs, count },
      ...{ running, servedLast: [...this.#served] },
    });
    for (const job of due) {
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
    const { folder, log } = this.#options;
    // Another server may have the same folder, and in a container the same process id.
    const file = path.join(folder, `${process.pid}-${randomBytes(8).toString('hex')}.mcpb`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const download = await this.#download(job, file);
      if (download.kind === 'missing') await this.#missed(job, download.reason);
      else if (download.kind === 'failed') await this.#failed(job, download.reason, download.waitMs);
      else await this.#judged(job, await this.#judge(job, file));
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      log.error({ ...shown(job), failure: (error as Error).message }, 'scan not recorded');
      // Where not even that can be written, nothing but a pause here keeps it from being tried at once, again and again.
      await this.#failed(job, (error as Error).message).catch(() => this.#pause());
    } finally {
      removeFile(file);
    }
  }

  async #download(job: ScanJob, file: string): Promise<Download> {
    let worst: Download = { kind: 'missing', reason: 'it was announced nowhere' };
    for (const url of job.urls) {
      const download = await this.#downloadFrom(url, job, file);
      if (download.kind === 'saved') return download;
      // What cannot be told of one place may be there.
      if (worst.kind !== 'failed') worst = download;
    }
    return worst;
  }

  async #downloadFrom(url: string, { size, sha256 }: ScanJob, file: string): Promise<Download> {
    try {
      const saved = await this.#options.github.saveAsset(url, size, file, this.#stop.signal);
      if (saved === undefined) return { kind: 'missing', reason: 'it is gone' };
      if (saved.bytes === size && saved.sha256 === sha256) return { kind: 'saved' };
      return { kind: 'missing', reason: 'it has other bytes than were announced' };
    } catch (error) {
      if (!(error instanceof HttpError)) return { kind: 'failed', reason: (error as Error).message };
      const { code, message, headers } = error;
      if (code === 'GITHUB_REFUSED') return { kind: 'missing', reason: message };
      return {
        kind: 'failed',
        reason: message,
        ...(code === 'GITHUB_BUSY' && { waitMs: Number(headers['retry-after']) * 1000 }),
      };
    }
  }

  async #judge(job: ScanJob, file: string): Promise<WorkerEnd> {
    const { db, memoryBytes, timeoutMs, vulnerabilities, trust, now, onWorkerEnd } = this.#options;
    const started = performance.now();
    const provenance = job.provenance === null ? null : (JSON.parse(job.provenance) as Provenance);
    let known: Pick<Order, 'attestation' | 'approvedSources'>;
    try {
      this.#approved ??= this.#options.approvedSources();
      const approved = [...(await this.#approved)].map(([type, urls]) => [type, [...urls]] as const);
      known = {
        attestation: await keptProof(db, job, provenance, trust),
        approvedSources: Object.fromEntries(approved),
      };
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
      memoryBytes,
      timeoutMs,
    };
    const end = await runWorker(order, this.#options, this.#stop.signal);
    onWorkerEnd((performance.now() - started) / 1000);
    return end;
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

/** What was left by servers that were killed: what begins with another's process id may be in use while that one runs. */
function removeFiles(folder: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  for (const name of names) {
    const pid = Number.parseInt(name, 10);
    if (pid === process.pid || !isRunning(pid)) removeFile(path.join(folder, name));
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What cannot be removed now is removed at the next start. */
function removeFile(file: string): void {
  try {
    rmSync(file, { force: true, recursive: true });
  } catch {
    // A disk that fails says so elsewhere.
  }
}
