/** Runs the command lines as users do: the file in bin/, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { recordingEnvironment } from './checked-answers.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/**
 * What a user's command line begins with: the file in bin/, or a file of that name in the folder MPAK_TEST_PROGRAM, where
 * single executables are.
 */
export function programLine(bin: 'mpak' | 'mpak-registry'): [string, ...string[]] {
  const folder = process.env.MPAK_TEST_PROGRAM;
  if (folder) return [path.resolve(ROOT, folder, bin)];
  return [process.execPath, path.join(ROOT, 'bin', `${bin}.cjs`)];
}

export interface Result {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a command; the caller waits for it or kills it. */
export function startCommand(
  bin: 'mpak' | 'mpak-registry',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const { PATH = '', TMPDIR = '', NODE_V8_COVERAGE = '' } = process.env;
  const inherited = { PATH, ...(TMPDIR && { TMPDIR }), ...(NODE_V8_COVERAGE && { NODE_V8_COVERAGE }) };
  const [command, ...words] = programLine(bin);
  const recording = bin === 'mpak-registry' && args[0] === 'serve' ? recordingEnvironment() : {};
  return spawn(command, [...words, ...args], {
    // Nothing of the machine's user is touched: not the keychain either.
    env: { ...inherited, NO_COLOR: '1', MPAK_NO_KEYCHAIN: '1', ...recording, ...environment },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/** Waits for the end of a command and collects what it printed. */
export function finished(child: ChildProcess): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** Runs `mpak` to its end. @param home becomes MPAK_HOME and HOME: nothing of the machine's user is touched */
export function mpak(
  home: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Result> {
  return finished(
    startCommand('mpak', args, { HOME: home, MPAK_HOME: path.join(home, '.mpak'), ...environment }),
  );
}

/** Runs `mpak-registry` to its end. */
export function mpakRegistry(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Result> {
  return finished(startCommand('mpak-registry', args, environment));
}
