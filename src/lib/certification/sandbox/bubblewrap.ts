/**
 * Runs the server of a bundle in a sandbox of Linux, once, and says what it did: the one place of certification where
 * code of a bundle runs. It gets a few seconds to list its tools. Nothing of it is left when the answer is there.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { readArchive } from '../../bundle/archive.ts';
import { extractArchive } from '../../bundle/extract.ts';
import type { Behaviour, Sandbox } from '../context.ts';
import {
  type Confined,
  confinedCommand,
  findPrograms,
  launcherOf,
  NOBODY,
  type Programs,
  SANDBOX_LIMITS,
} from './confinement.ts';
import { EnvironmentReads } from './environment-reads.ts';
import { BadAnswer, listTools } from './mcp-session.ts';
import { BUNDLE, Observed, ordered, TOO_MUCH } from './observed.ts';
import { type Start, startOf } from './start.ts';
import { Trace } from './trace.ts';

const POLL_MILLISECONDS = 200;

export interface SandboxOptions {
  readonly platform: NodeJS.Platform;
  /** A PATH, to look for bwrap, strace, setpriv and prlimit. */
  readonly searchPath: string;
  /** The program that is Node. */
  readonly node: string;
  /** Folder for what is temporary. */
  readonly temporary: string;
  readonly isRoot: boolean;
  /** Those of SANDBOX_LIMITS unless they are given. */
  readonly answerMilliseconds?: number;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** @param archive its bytes: what was hashed is what is run */
export function bubblewrapSandbox(archive: Uint8Array, options: SandboxOptions): Sandbox {
  return {
    async run() {
      if (options.platform !== 'linux') return { unavailable: 'The sandbox needs Linux.' };
      const found = findPrograms(options.searchPath);
      if ('missing' in found)
        return { unavailable: `The sandbox needs ${found.missing}, which is not installed.` };
      const folder = mkdtempSync(path.join(options.temporary, 'mpak-sandbox-'));
      try {
        return await runIn(folder, archive, found.programs, options);
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}

async function runIn(
  folder: string,
  archive: Uint8Array,
  programs: Programs,
  options: SandboxOptions,
): Promise<Behaviour | { unavailable: string }> {
  const checked = readArchive(archive);
  const start = startOf(checked.manifest);
  if ('unavailable' in start) return start;
  const bundle = path.join(folder, 'bundle');
  mkdirSync(bundle, { mode: 0o755 });
  extractArchive(checked, bundle);
  // Whoever runs the server has to get to it, and nobody else may list what is there.
  chmodSync(folder, 0o711);
  chmodSync(bundle, 0o755);
  makeExecutable(bundle, start.command);
  const confined = confine(folder, bundle, start, options);
  const problem = await probe(programs, confined);
  if (problem !== undefined) return { unavailable: `The sandbox does not work here: ${problem}` };
  return observe(programs, confined, options.answerMilliseconds ?? SANDBOX_LIMITS.answerMilliseconds);
}

function confine(folder: string, bundle: string, start: Start, { node, isRoot }: SandboxOptions): Confined {
  const trace = path.join(folder, 'trace');
  writeFileSync(trace, '', { mode: 0o600 });
  if (isRoot) chownSync(trace, NOBODY, NOBODY);
  const program = isRoot && start.needsNode ? reachable(node, folder) : node;
  return { ...start, node: start.needsNode ? program : undefined, bundle, trace, isRoot };
}

/** Root's own folders are closed to nobody: then it is a copy. */
function reachable(program: string, folder: string): string {
  for (let at = path.dirname(program); at !== path.dirname(at); at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) !== 0) continue;
    const copy = path.join(folder, 'node');
    copyFileSync(program, copy);
    chmodSync(copy, 0o755);
    return copy;
  }
  return program;
}

/** Archives made on Windows carry no permission to execute. */
function makeExecutable(bundle: string, command: string): void {
  if (!command.startsWith(`${BUNDLE}/`)) return;
  const file = path.join(bundle, command.slice(BUNDLE.length));
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) chmodSync(file, 0o755);
}

/** @returns why nothing can be run: namespaces may be forbidden, or tracing */
async function probe(programs: Programs, confined: Confined): Promise<string | undefined> {
  const child = begin(programs, { ...confined, command: '/usr/bin/true', args: [] });
  child.stdin.end();
  child.stdout.resume();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(0, 2000);
  });
  const timer = setTimeout(() => end(child), SANDBOX_LIMITS.answerMilliseconds);
  const status = await exitOf(child);
  clearTimeout(timer);
  if (status === 0) return undefined;
  return `${said.split('\n')[0]?.trim() || 'a program that does nothing cannot be run'}.`;
}

async function observe(programs: Programs, confined: Confined, limit: number): Promise<Behaviour> {
  const child = begin(programs, confined);
  const reads = new EnvironmentReads();
  const problems = new Set<string>();
  const stop = (problem: string) => {
    problems.add(problem);
    end(child);
  };
  let written = 0;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk.length;
    if (written > SANDBOX_LIMITS.stderrBytes) stop('It writes without end to its standard error');
    else reads.add(chunk);
  });
  const poll = setInterval(() => {
    if (statSync(confined.trace).size >= SANDBOX_LIMITS.traceBytes / 2)
      stop('It does more than can be followed');
  }, POLL_MILLISECONDS);
  const exit = exitOf(child);
  let tools: string[] | undefined;
  try {
    tools = await listTools(child, AbortSignal.timeout(limit));
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error;
    problems.add(error.message);
  } finally {
    child.stdin.end();
    const timer = setTimeout(() => end(child), tools === undefined ? 0 : SANDBOX_LIMITS.endMilliseconds);
    await exit;
    clearTimeout(timer);
    clearInterval(poll);
  }
  const observed = await followed(programs, confined);
  for (const problem of observed.problems) problems.add(problem);
  if (reads.isOverfull) problems.add(TOO_MUCH);
  const lists = observed.lists();
  return {
    problems: ordered(problems),
    tools: tools && ordered(new Set(tools)),
    ...lists,
    environment: ordered(reads.names(lists.processes.length > 0)),
  };
}

async function followed(programs: Programs, confined: Confined): Promise<Observed> {
  const trace = new Trace(launcherOf(programs));
  const observed = new Observed(confined.command);
  const lines = createInterface({
    input: createReadStream(confined.trace),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) for (const event of trace.read(line)) observed.add(event);
  for (const event of trace.end()) observed.add(event);
  return observed;
}

function begin(programs: Programs, confined: Confined): Child {
  const [command, args] = confinedCommand(programs, confined);
  // A group of its own: an interrupt at the terminal is for mpak.
  return spawn(command, args, { stdio: 'pipe', detached: true, env: {}, cwd: '/' });
}

/** When it has ended, and all that held its output. */
function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status));
  });
}

/** strace and bubblewrap, which are in one group, and by that everything in the namespace. */
function end({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
