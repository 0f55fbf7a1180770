/** Runs the package managers that vendor dependencies: no shell, no input, and their talk handed on as it comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MpakError } from '../errors.ts';
import { findProgram } from '../launch/find-program.ts';

/** How much of what a failed tool said is told: its end. */
const LONGEST_SAID = 8192;
const LAST_LINES = 12;
/** How long an interrupted tool may take to end by itself. */
const GRACE_MS = 3000;
/** How long what a tool has started may keep its output open after its end. */
const DRAIN_MS = 500;

export interface ToolContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Takes what a tool prints. */
  readonly onOutput: (text: string) => void;
  /** Ends the tool, and packing with it: what was made for it is removed as after any failure. */
  readonly signal?: AbortSignal;
}

/** A program, and arguments that come before all others. */
export type Tool = readonly [program: string, ...first: string[]];

/** npm; on Windows it is a batch file, so the script behind it is run by the Node beside it. */
export function findNpm({ environment, platform }: ToolContext): Tool | undefined {
  if (platform !== 'win32') {
    const npm = findProgram('npm', environment, platform);
    return npm === undefined ? undefined : [npm];
  }
  const node = findProgram('node', environment, platform);
  const script = node && path.join(path.dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return node !== undefined && script !== undefined && existsSync(script) ? [node, script] : undefined;
}

/**
 * Runs a tool to its end.
 * @throws MpakError VENDOR_FAILED when it does not succeed, with the last that it said
 */
export async function runTool(
  [program, ...first]: Tool,
  args: readonly string[],
  folder: string,
  { environment, platform, onOutput, signal }: ToolContext,
): Promise<void> {
  const name = [path.basename(program), ...first.map((each) => path.basename(each)), args[0] ?? '']
    .join(' ')
    .trim();
  const child = spawn(program, [...first, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // A group of its own: what it starts ends with it.
    detached: platform !== 'win32',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LONGEST_SAID);
      onOutput(text);
    });
  }
  const status = await ended(child, signal);
  if (signal?.aborted)
    throw new MpakError('VENDOR_FAILED', `${name} was interrupted.`, { hint: 'Nothing was packed.' });
  if (status === 0) return;
  // The copy is gone when this is read.
  const lines = said.replaceAll(`${folder}${path.sep}`, '').replaceAll(folder, '.').trim().split('\n');
  throw new MpakError(
    'VENDOR_FAILED',
    `${name} ended with ${status}. ${lines.slice(-LAST_LINES).join('\n')}`.trim(),
    {
      hint: 'Nothing was packed. Mend that, or vendor yourself and pack with `--no-vendor`.',
    },
  );
}

/** An interrupted tool is waited for: it may still write into the folder. */
async function ended(
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<number | NodeJS.Signals | null> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  const atOnce = () => killGroup(child, 'SIGKILL');
  let timer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    killGroup(child, 'SIGTERM');
    timer = globalThis.setTimeout(atOnce, GRACE_MS);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted) interrupt();
  process.on('exit', atOnce);
  try {
    const [code, killed] = await once(child, 'exit');
    await Promise.race([closed, setTimeout(DRAIN_MS, undefined, { ref: false })]);
    if (signal?.aborted) atOnce();
    return killed ?? code;
  } finally {
    clearTimeout(timer);
    process.off('exit', atOnce);
    signal?.removeEventListener('abort', interrupt);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform !== 'win32') process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // Nothing of it is left.
  }
}
