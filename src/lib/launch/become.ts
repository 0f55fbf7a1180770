/**
 * Becomes the server. On Linux and macOS the process itself turns into it (`execve`): same pid, no parent in memory,
 * signals and exit status are the server's own. Elsewhere mpak stays as a thin parent that forwards both.
 */
import { readFileSync } from 'node:fs';
import { MpakError } from '../errors.ts';

/** All that it takes to start a server. */
export interface LaunchSpec {
  /** Absolute. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the server. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** How a server ended that ran below mpak. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The process that becomes the server: `process`. */
export type Self = NodeJS.Process;

const O_NONBLOCK = 0o4000;
/** Node ignores these, and what ignores a signal hands that on through execve. Handled ones go back to their default. */
const IGNORED_BY_NODE = ['SIGPIPE', 'SIGXFSZ'] as const;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Returns only where there is no execve: with how the server ended, see `endAs`.
 * @throws MpakError START_FAILED
 */
export async function becomeServer(
  spec: LaunchSpec,
  self: Self,
  options: { replace: boolean } = { replace: canReplace(self) },
): Promise<Ended> {
  if (!options.replace) return runBelow(spec, self);
  const before = folderOf(self);
  try {
    self.chdir(spec.cwd);
    unblockStreams(self);
    for (const signal of IGNORED_BY_NODE) self.on(signal, () => {});
    self.execve?.(spec.command, [spec.command, ...spec.args], spec.environment);
    throw new Error('this Node has no execve');
  } catch (error) {
    if (before !== undefined) self.chdir(before);
    throw failed(spec, error);
  }
}

/** Undefined when it was removed meanwhile. */
function folderOf(self: Self): string | undefined {
  try {
    return self.cwd();
  } catch {
    return undefined;
  }
}

/** Ends this process as the server ended: with its status, or by its signal. */
export function endAs({ status, signal }: Ended, self: Self): void {
  if (signal === null) {
    self.exitCode = status ?? 1;
    return;
  }
  for (const forwarded of FORWARDED) self.removeAllListeners(forwarded);
  self.kill(self.pid, signal);
}

function canReplace(self: Self): boolean {
  return (self.platform === 'linux' || self.platform === 'darwin') && self.execve !== undefined;
}

/**
 * Node makes pipes and terminals that it has written to non-blocking, for everybody who shares them. Programs in other
 * languages take that for an error as soon as a pipe is full.
 */
function unblockStreams(self: Self): void {
  for (const [descriptor, name] of (['stdin', 'stdout', 'stderr'] as const).entries()) {
    if (self.platform === 'linux' && !isNonBlocking(descriptor)) continue;
    const stream = self[name] as unknown as { _handle?: { setBlocking?: (blocking: boolean) => void } };
    stream._handle?.setBlocking?.(true);
  }
}

function isNonBlocking(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return (Number.parseInt(flags ?? '0', 8) & O_NONBLOCK) !== 0;
  } catch {
    return true;
  }
}

async function runBelow(spec: LaunchSpec, self: Self): Promise<Ended> {
  const { spawn } = await import('node:child_process');
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    env: spec.environment,
    stdio: 'inherit',
    windowsHide: true,
  });
  // On Windows the console tells the server itself, and `kill` would end it on the spot.
  const forward = (signal: NodeJS.Signals) => {
    if (self.platform !== 'win32') child.kill(signal);
  };
  for (const signal of FORWARDED) self.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => resolve({ status, signal }));
    });
  } catch (error) {
    throw failed(spec, error);
  } finally {
    for (const signal of FORWARDED) self.off(signal, forward);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOEXEC: 'it is no program of this system',
  EACCES: 'it may not be executed',
  E2BIG: 'its arguments and environment are too long',
  ENOENT: 'it, or the interpreter that its first line names, is not there',
};

function failed(spec: LaunchSpec, cause: unknown): MpakError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = REASONS[code ?? ''] ?? message;
  return new MpakError('START_FAILED', `${spec.command} could not be started: ${why}.`, {
    hint: 'Is the bundle for this system and processor? `mpak bundle show` lists its platforms.',
    cause,
  });
}
