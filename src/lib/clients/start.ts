/** Starts an entry of a client's file as the client would, to see whether an MCP server answers. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BadAnswer, initialize } from '../certification/sandbox/mcp-session.ts';
import type { Launch } from './client.ts';

export interface StartOptions {
  readonly launch: Launch;
  /** All that it sees besides what the entry says. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly limitMs: number;
  /** Ends it before. */
  readonly signal: AbortSignal;
}

/** Of what it says on stderr, as much as tells why. */
const MOST_STDERR = 8 * 1024;
/** Between being asked to end and being ended. */
const GRACE_MS = 300;
const INTERRUPTED = 'it was interrupted';

/** @returns why it does not answer, a sentence without its full stop; undefined when it does */
export async function answersInitialize(options: StartOptions): Promise<string | undefined> {
  const { launch, environment, cwd, limitMs, signal } = options;
  if (signal.aborted) return INTERRUPTED;
  const child = spawn(launch.command, [...launch.args], {
    cwd,
    env: { ...environment, ...launch.env },
    // A group of its own, which ends with all that it has started.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_STDERR);
  });
  const failed = once(child, 'error').then(([error]) => `it cannot be started: ${(error as Error).message}`);
  try {
    const answered = initialize(child, AbortSignal.any([signal, AbortSignal.timeout(limitMs)])).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof BadAnswer) return error.message;
        throw error;
      },
    );
    const problem = await Promise.race([answered, failed]);
    if (signal.aborted) return INTERRUPTED;
    if (problem === undefined) return undefined;
    // What it has said arrives with its end.
    await Promise.race([once(child, 'close'), sleep(GRACE_MS, undefined, { ref: false })]).catch(
      () => undefined,
    );
    const why = said
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return why.length === 0 ? problem : `${problem}: ${why.slice(0, 3).join(' ')}`;
  } finally {
    failed.catch(() => undefined);
    await end(child);
  }
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  const { pid } = child;
  child.stdin.destroy();
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const isOver = child.exitCode !== null || child.signalCode !== null;
  if (!isOver) {
    const ended = new AbortController();
    await Promise.race([once(child, 'exit', ended), sleep(GRACE_MS, undefined, { ref: false })]).catch(
      () => undefined,
    );
    ended.abort();
  }
  signalGroup(pid, 'SIGKILL');
  child.stdout.destroy();
  child.stderr.destroy();
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    if (signal === 'SIGKILL') spawnSync('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of it is left.
  }
}
