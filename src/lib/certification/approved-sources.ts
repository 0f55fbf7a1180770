/**
 * Which registries packages may be from: what is configured, else what the client of each ecosystem reports as its
 * default, asked without what the user, the project or the environment has set for it. What is neither configured nor
 * reported is not there, and SC-05 is skipped for it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { SourcesConfig } from '../config/supply.ts';
import { findProgram } from '../launch/find-program.ts';
import { findNpm } from '../pack/tool.ts';

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** What programs need to be found and to start at all. */
const HANDED_ON = ['PATH', 'Path', 'PATHEXT', 'SystemRoot', 'SYSTEMROOT', 'COMSPEC', 'LANG', 'PYENV_VERSION'];

/** URL prefixes by the purl type of packages, for the context of a scan. */
export async function approvedSources(
  configured: SourcesConfig | undefined,
  surroundings: Surroundings,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const [npm, pypi] = await Promise.all([
    configured?.npm ?? reported(npmDefault, surroundings),
    configured?.pypi ?? reported(pipDefault, surroundings),
  ]);
  if (npm !== undefined) found.set('npm', npm);
  if (pypi !== undefined) found.set('pypi', pypi);
  return found;
}

type Ask = (folder: string, surroundings: Surroundings) => Promise<string | undefined>;

/** Asked in an empty folder, which is home to whoever is asked. */
async function reported(ask: Ask, surroundings: Surroundings): Promise<readonly string[] | undefined> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-sources-'));
  try {
    const url = URL.parse((await ask(folder, surroundings)) ?? '');
    return url?.protocol === 'https:' ? [url.href] : undefined;
  } catch {
    // A client that does not answer reports nothing.
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function npmDefault(folder: string, surroundings: Surroundings): Promise<string | undefined> {
  const npm = findNpm({ ...surroundings, onOutput: () => undefined });
  if (npm === undefined) return undefined;
  const none = (name: string) => path.join(folder, name);
  const args = ['config', 'get', 'registry', '--userconfig', none('user'), '--globalconfig', none('global')];
  return (await answer([...npm, ...args], folder, surroundings)).trim();
}

/** pip has no command for it: its help names it. */
async function pipDefault(folder: string, surroundings: Surroundings): Promise<string | undefined> {
  const { environment, platform } = surroundings;
  const pip = findProgram('pip3', environment, platform) ?? findProgram('pip', environment, platform);
  if (pip === undefined) return undefined;
  const help = await answer([pip, 'install', '--isolated', '--help'], folder, surroundings);
  return /--index-url\b[^(]*\(default\s+(https:[^\s)]+)\)/.exec(help)?.[1];
}

async function answer(
  [program, ...args]: readonly string[],
  folder: string,
  { environment }: Surroundings,
): Promise<string> {
  const handed = HANDED_ON.flatMap((name) =>
    environment[name] === undefined ? [] : [[name, environment[name]]],
  );
  const own = {
    HOME: folder,
    USERPROFILE: folder,
    TMPDIR: folder,
    COLUMNS: '500',
    PIP_CONFIG_FILE: os.devNull,
  };
  const { stdout } = await run(program as string, args, {
    cwd: folder,
    env: { ...Object.fromEntries(handed), ...own },
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  });
  return stdout;
}
