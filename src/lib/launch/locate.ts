/** From the command of a manifest to the file that is started: the bundle's own program, or the right interpreter. */
import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { isScript } from './as-node.ts';
import { findProgram, isExecutable, isFile } from './find-program.ts';
import type { ServerManifest } from './manifest.ts';
import type { ResolvedServer } from './resolve.ts';
import { inRange } from './runtime-range.ts';

/** The Node that runs mpak. */
export interface OwnNode {
  readonly path: string;
  /** As in `process.versions.node`. */
  readonly version: string;
  /** Of a single executable, which is Node for scripts alone, and when its environment says so: what to add to it. */
  readonly scriptsOnly?: Readonly<Record<string, string>>;
}

export interface LocateOptions {
  readonly server: ResolvedServer;
  readonly folder: string;
  readonly runtimes: ServerManifest['runtimes'];
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly ownNode: OwnNode | undefined;
}

/** How long an interpreter may take to say its version, in milliseconds. */
const VERSION_TIMEOUT_MS = 10_000;
const PYTHON = /^(python3?|py)(\.exe)?$/i;
const NODE = /^node(\.exe)?$/i;

/** What to install for a command, where it is known. */
const INSTALL: readonly [RegExp, string][] = [
  [/^(node|npx|npm)$/, 'Install Node.js: https://nodejs.org'],
  [/^(python|py)/, 'Install Python 3: https://www.python.org/downloads'],
  [/^uvx?$/, 'Install uv: https://docs.astral.sh/uv'],
  [/^docker$/, 'Install Docker: https://docs.docker.com/get-started/get-docker'],
  [/^bunx?$/, 'Install Bun: https://bun.sh'],
  [/^deno$/, 'Install Deno: https://deno.com'],
];

/**
 * The absolute path of what is to be started.
 * @throws MpakError INTERPRETER_MISSING, SERVER_INVALID
 */
export async function locateCommand(options: LocateOptions): Promise<string> {
  const { server, folder, runtimes, environment, platform } = options;
  const { command } = server;
  if (path.isAbsolute(command)) return program(command, folder, platform);
  if (NODE.test(command)) return locateNode(options);
  if (PYTHON.test(command)) {
    const names = platform === 'win32' ? ['python', 'py', 'python3'] : ['python3', 'python'];
    return locateInterpreter('Python', names, runtimes.python ?? '>=3', options);
  }
  if (/^python3\.\d+$/.test(command)) {
    return locateInterpreter(command, [command], runtimes.python, options);
  }
  if (server.type === 'binary' && isFile(path.join(folder, command))) {
    return program(path.join(folder, command), folder, platform);
  }
  const found = findProgram(command, environment, platform);
  if (found === undefined)
    throw missing(`${command} is not on the PATH, and the bundle is started with it.`, command);
  return found;
}

/** A bundle's own program, or one that the user chose. */
function program(command: string, folder: string, platform: NodeJS.Platform): string {
  const file = platform === 'win32' && !isFile(command) ? `${command}.exe` : command;
  if (!isFile(file)) {
    throw new MpakError('SERVER_INVALID', `The bundle is started with ${file}, which is not there.`, {
      hint: 'Its author can mend it.',
    });
  }
  // Archives made on Windows carry no permission to execute: the bundle's own gets it here.
  if (!isExecutable(file) && file.startsWith(folder + path.sep)) chmodSync(file, statSync(file).mode | 0o111);
  return file;
}

async function locateNode(options: LocateOptions): Promise<string> {
  const { ownNode, runtimes, server } = options;
  const range = runtimes.node;
  const runs = ownNode !== undefined && (ownNode.scriptsOnly === undefined || isScript(server.args[0]));
  if (runs && (range === undefined || (await inRange(ownNode.version, range)))) {
    return ownNode.path;
  }
  return locateInterpreter('Node.js', ['node'], range, options);
}

/** The first of several programs whose version is asked for. */
async function locateInterpreter(
  language: string,
  names: readonly string[],
  range: string | undefined,
  { environment, platform }: LocateOptions,
): Promise<string> {
  const seen: string[] = [];
  for (const name of names) {
    const found = findProgram(name, environment, platform);
    if (found === undefined) continue;
    // What is called python3 is Python 3.
    if (range === undefined || (range === '>=3' && name === 'python3')) return found;
    const version = await versionOf(found, environment);
    if (version !== undefined && (await inRange(version, range))) return found;
    seen.push(version === undefined ? `${found}, which does not say its version` : `${version} at ${found}`);
  }
  const wanted = range === undefined ? language : `${language} ${range}`;
  const found = seen.length === 0 ? 'there is none on the PATH' : `found ${seen.join(' and ')}`;
  throw missing(`The bundle needs ${wanted}: ${found}.`, names[0] as string);
}

/** What a program answers to `--version`, as far as it is one; undefined when it does not answer. */
async function versionOf(program: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    const options = { env: environment, timeout: VERSION_TIMEOUT_MS, windowsHide: true };
    execFile(program, ['--version'], options, (error, stdout, stderr) => {
      const version = /\d+\.\d+[\w.-]*/.exec(`${stdout}${stderr}`)?.[0];
      resolve(error === null ? version : undefined);
    });
  });
}

function missing(message: string, command: string): MpakError {
  const install = INSTALL.find(([name]) => name.test(command))?.[1] ?? `Install ${command}`;
  return new MpakError('INTERPRETER_MISSING', message, {
    hint: `${install}, so that the PATH of whoever starts mpak leads to it.`,
  });
}
