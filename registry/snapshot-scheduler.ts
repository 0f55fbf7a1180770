/** Has snapshots made when enough has changed, in a process of its own, one at a time. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Logger } from 'pino';
import { SNAPSHOT_LIMITS } from './limits.ts';
import { isSnapshotDue, type SnapshotFile } from './snapshots.ts';

/** How to start this program again: `[file, ...arguments]`, to which a command is appended. */
export type SelfCommand = readonly [string, ...string[]];

export interface SnapshotSchedulerOptions {
  /** Of the registry; the command gets it as `--data`. */
  readonly dataFolder: string;
  readonly self: SelfCommand;
  readonly logSize: () => number;
  /** On the disk, whoever made it, for a log of that size. */
  readonly newestSnapshot: (logSize: number) => SnapshotFile | undefined;
  readonly now: () => Date;
  readonly log: Logger;
  readonly onAttempt: (result: 'made' | 'failed') => void;
}

export class SnapshotScheduler {
  readonly #options: SnapshotSchedulerOptions;
  readonly #interval: NodeJS.Timeout;
  #settle: NodeJS.Timeout | undefined;
  #child: ChildProcess | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: SnapshotSchedulerOptions) {
    this.#options = options;
    this.#interval = setInterval(() => this.#check(), SNAPSHOT_LIMITS.checkMs);
    this.#check();
  }

  /** Call it after the log has grown. */
  grown(): void {
    if (this.#closed) return;
    this.#settle ??= setTimeout(() => {
      this.#settle = undefined;
      this.#check();
    }, SNAPSHOT_LIMITS.settleMs);
  }

  /** Ends a run that is under way: the next one clears up after it. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#interval);
    clearTimeout(this.#settle);
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  #check(): void {
    const { logSize, newestSnapshot, now } = this.#options;
    if (this.#child !== undefined || this.#closed) return;
    if (now().getTime() - this.#failedAt < SNAPSHOT_LIMITS.retryMs) return;
    try {
      const size = logSize();
      if (isSnapshotDue(size, newestSnapshot(size), now())) this.#make();
    } catch (error) {
      // Thrown out of a timer, it would end the server.
      this.#fail((error as Error).message);
    }
  }

  #fail(failure: string): void {
    this.#failedAt = this.#options.now().getTime();
    this.#options.onAttempt('failed');
    this.#options.log.error({ failure }, 'snapshot failed');
  }

  #make(): void {
    const { self, dataFolder, log, now, onAttempt } = this.#options;
    const [file, ...args] = self;
    const started = now().getTime();
    const child = spawn(file, [...args, 'snapshot', '--data', dataFolder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4096);
    });
    const end = (failure: string | undefined) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (this.#closed) return;
      if (failure !== undefined) {
        this.#fail(failure);
        return;
      }
      onAttempt('made');
      log.info({ ms: now().getTime() - started }, 'snapshot made');
      this.grown();
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (status) => end(status === 0 ? undefined : stderr.trim() || `status ${status}`));
  }
}
