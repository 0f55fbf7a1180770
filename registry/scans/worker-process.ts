/**
 * A scan in a process of its own, one process a bundle: what a bundle does to it ends with it, its memory is given back,
 * and it can be killed wherever it is. docs/registry.md has the reasons.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { SCAN_REPORT_BYTES } from '../limits.ts';
import type { SelfCommand } from '../snapshot-scheduler.ts';
import { type Order, READY } from './order.ts';
import { parseAnswer, type Verdict } from './verdict.ts';

/** JSON in JSON: each character of the report is at most six. */
const MAX_OUTPUT_BYTES = 6 * SCAN_REPORT_BYTES + 64 * 1024;
const STDERR_LENGTH = 2048;
/** Until a worker is ready. */
const START_MS = 60_000;
const MIB = 1024 * 1024;
/** What ends processes that did nothing wrong: the system stops, somebody pressed a key. */
const POLITE = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

/**
 * How a worker ended: with a verdict; killed, by the bundle; or failed, for no fault of the bundle.
 * `reason` is for the log.
 */
export type WorkerEnd =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'killed' | 'failed'; readonly reason: string };

export interface WorkerOptions {
  readonly self: SelfCommand;
  /** All of it: a worker has no secrets of the server's. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a worker needs of the server's environment. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'NODE_V8_COVERAGE'];

export function workerEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

/** @param signal ends the worker, which is `failed` then */
export function runWorker(
  order: Order,
  { self, environment }: WorkerOptions,
  signal: AbortSignal,
): Promise<WorkerEnd> {
  const [program, ...args] = self;
  // Half of it for the heap: the rest is the archive, and what is unpacked of it.
  const heapMib = Math.max(64, Math.floor(order.memoryBytes / MIB / 2));
  const child = spawn(program, [...args, 'scan-worker'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment, NODE_OPTIONS: `--max-old-space-size=${heapMib}` },
  });
  const { promise, resolve } = Promise.withResolvers<WorkerEnd>();
  let late: string | undefined;
  const kill = () => child.kill('SIGKILL');
  const limit = (milliseconds: number) =>
    setTimeout(() => {
      late = `not done in ${milliseconds} ms`;
      kill();
    }, milliseconds);
  // To load the program takes as long as the machine is busy.
  let timer = limit(START_MS);
  child.stdout.once('data', () => {
    clearTimeout(timer);
    timer = limit(order.timeoutMs);
  });
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const output = collect(child);
  const end = (result: WorkerEnd) => {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    resolve(result);
  };
  child.once('error', (error) => end({ kind: 'failed', reason: error.message }));
  child.once('close', (status, by) => {
    if (signal.aborted) end({ kind: 'failed', reason: 'the server stops' });
    else end(judged({ ...output(), status, by, late }, order.sha256));
  });
  child.stdin.on('error', () => undefined).end(JSON.stringify(order));
  return promise;
}

/** How a process ended, and what it had said. */
interface Ended {
  readonly status: number | null;
  readonly by: NodeJS.Signals | null;
  /** It was killed for the time that it took. */
  readonly late: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly isTooLong: boolean;
}

function judged(ended: Ended, sha256: string): WorkerEnd {
  const { status, by, late, stdout, stderr, isTooLong } = ended;
  const isReady = stdout.startsWith(READY);
  const badly = (reason: string): WorkerEnd => ({ kind: isReady ? 'killed' : 'failed', reason });
  if (late !== undefined) return badly(late);
  if (isTooLong) return badly('its answer is too long');
  if (by !== null && POLITE.has(by)) return { kind: 'failed', reason: `ended by ${by}` };
  if (status !== 0) {
    return badly(`${by === null ? `status ${status}` : `ended by ${by}`} ${stderr.trim()}`.trim());
  }
  try {
    const answer = parseAnswer(isReady ? stdout.slice(READY.length) : stdout, sha256);
    if ('failure' in answer) return { kind: 'failed', reason: answer.failure };
    return { kind: 'verdict', verdict: answer };
  } catch (error) {
    return badly(`its answer is none: ${(error as Error).message}`);
  }
}

/** Keeps what it prints, within bounds. */
function collect(
  child: ChildProcessWithoutNullStreams,
): () => Pick<Ended, 'stdout' | 'stderr' | 'isTooLong'> {
  let bytes = 0;
  let stderr = '';
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_LENGTH);
  });
  return () => ({
    stdout: Buffer.concat(chunks).toString('utf8'),
    stderr,
    isTooLong: bytes > MAX_OUTPUT_BYTES,
  });
}
