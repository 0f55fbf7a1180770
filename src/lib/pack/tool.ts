/** Runs the package managers that vendor dependencies: no shell, no input, and their talk handed on as it comes. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { findProgram } from '../launch/find-program.ts';

/** How much of what a failed tool said is told: its end. */
const LONGEST_SAID = 8192;
const LAST_LINES = 12;

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
  { environment, onOutput, signal }: ToolContext,
): Promise<void> {
  const name = `${path.basename(program)} ${args[0] ?? ''}`.trim();
  const child = spawn(program, [...first, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    ...(signal !== undefined && { signal }),
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LONGEST_SAID);
      onOutput(text);
    });
  }
  const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    // An interrupted tool is waited for: it may still write into the folder.
    child.once('error', (error) => {
      if (error.name !== 'AbortError') reject(error);
    });
    child.once('close', (code, killed) => resolve(killed ?? code));
  });
  if (signal?.aborted)
    throw new MpakError('VENDOR_FAILED', `${name} was interrupted.`, { hint: 'Nothing was packed.' });
  if (status === 0) return;
  const lines = said.trim().split('\n').slice(-LAST_LINES).join('\n');
  throw new MpakError('VENDOR_FAILED', `${name} ended with ${status}. ${lines}`.trim(), {
    hint: 'Nothing was packed. Mend that, or vendor yourself and pack with `--no-vendor`.',
  });
}
