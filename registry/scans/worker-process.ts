/**
 * A scan in a process of its own, one process a bundle: what a bundle does to it ends with it, its memory is given back,
 * and it can be killed wherever it is. docs/registry.md has the reasons.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { SCAN_REPORT_BYTES } from '../limits.ts';
import type { SelfCommand } from '../snapshot-scheduler.ts';
import { type Order, READY } from './order.ts';
import { parseAnswer, type Verdict } from './verdict.ts';

/** JSON in JSON: each character of the report is at most six. */
const MAX_OUTPUT_BYTES = 6 * SCAN_REPORT_BYTES + 64 * 1024;
const STDERR_LENGTH = 2048;
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
  return new Promise((resolve) => {
    const output = collect(child);
    let timedOut = false;
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, order.timeoutMs);
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    const end = (result: WorkerEnd) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      resolve(result);
    };
    child.once('error', (error) => end({ kind: 'failed', reason: error.message }));
    child.once('close', (status, by) => {
      const { stdout, stderr, isTooLong } = output();
      const isReady = stdout.startsWith(READY);
      if (signal.aborted) return end({ kind: 'failed', reason: 'the server stops' });
      if (by !== null && POLITE.has(by) && !timedOut)
        return end({ kind: 'failed', reason: `ended by ${by}` });
      const tail = stderr.trim() === '' ? '' : `: ${stderr.trim()}`;
      const ended = timedOut
        ? `not done in ${order.timeoutMs} ms`
        : isTooLong
          ? 'its answer is too long'
          : `${by === null ? `status ${status}` : `ended by ${by}`}${tail}`;
      if (status === 0 && !timedOut && !isTooLong) {
        try {
          const answer = parseAnswer(isReady ? stdout.slice(READY.length) : stdout, order.sha256);
          if ('failure' in answer) return end({ kind: 'failed', reason: answer.failure });
          return end({ kind: 'verdict', verdict: answer });
        } catch (error) {
          const reason = `its answer is none: ${(error as Error).message}`;
          return end({ kind: isReady ? 'killed' : 'failed', reason });
        }
      }
      end({ kind: isReady ? 'killed' : 'failed', reason: ended });
    });
    child.stdin?.on('error', () => undefined).end(JSON.stringify(order));
  });
}

/** Keeps what it prints, within bounds. */
function collect(
  child: ChildProcess,
): () => { readonly stdout: string; readonly stderr: string; readonly isTooLong: boolean } {
  let bytes = 0;
  let stderr = '';
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_LENGTH);
  });
  return () => ({
    stdout: Buffer.concat(chunks).toString('utf8'),
    stderr,
    isTooLong: bytes > MAX_OUTPUT_BYTES,
  });
}
