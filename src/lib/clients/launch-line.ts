/**
 * The command that a client's file gets: absolute, because what starts from a desktop has no PATH of a shell, and lasting,
 * because nobody looks at that file again. Links are kept where an update moves what they lead to.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { isExecutable } from '../launch/find-program.ts';

/** How this very process was started. */
export interface Started {
  /** `process.execPath`: links are resolved in it. */
  readonly execPath: string;
  /** `process.argv0`: as whoever started it has called it. */
  readonly argv0: string;
  /** `process.argv[1]`; undefined in a single executable. */
  readonly script: string | undefined;
  readonly cwd: string;
  /** Folders of the PATH. */
  readonly searchPath: readonly string[];
  readonly platform: NodeJS.Platform;
}

/** Caches that npx, pnpm dlx, yarn dlx and bunx clear away. */
const PASSING = /[\\/](_npx|dlx-[^\\/]*|dlx|bunx-[^\\/]*|xfs-[0-9a-f]+)[\\/]/;
/** Folders that a version manager makes for one shell. */
const OF_ONE_SHELL = /[\\/]fnm_multishells[\\/]/;

/**
 * The words that start mpak, to which those of a command are appended.
 * @throws MpakError USAGE where mpak itself does not stay
 */
export function lastingLine(started: Started): [string, ...string[]] {
  const { script, execPath } = started;
  const program = script ?? execPath;
  if (PASSING.test(program)) {
    throw new MpakError('USAGE', `mpak runs from ${program}, which is cleared away some day.`, {
      hint: 'Install it first: `npm install --global mpak`, or install.sh of a release.',
    });
  }
  // `#!/usr/bin/env node` would look for node on a PATH that is not there.
  if (script !== undefined) return [lasting('node', started), ofNoShell(script)];
  return [lasting(path.basename(started.argv0) || 'mpak', started)];
}

/** The program that runs, by the link that it was found by: an update puts another file behind that. */
function lasting(name: string, { execPath, argv0, cwd, searchPath, platform, script }: Started): string {
  const suffix = platform === 'win32' && path.extname(name) === '' ? '.exe' : '';
  const called = script === undefined && /[\\/]/.test(argv0) ? [path.resolve(cwd, argv0)] : [];
  const candidates = [
    ...called,
    ...searchPath.filter(path.isAbsolute).map((folder) => path.join(folder, name + suffix)),
  ].filter((file) => !OF_ONE_SHELL.test(file) && !inNodeModules(file) && isExecutable(file));
  return candidates.find((file) => real(file) === real(execPath)) ?? execPath;
}

function inNodeModules(file: string): boolean {
  return /[\\/]node_modules[\\/]\.bin[\\/]/.test(file);
}

/** The folder behind the link that a version manager has made for one shell; the link in it stays. */
function ofNoShell(file: string): string {
  if (!OF_ONE_SHELL.test(file)) return file;
  return path.join(real(path.dirname(file)) ?? path.dirname(file), path.basename(file));
}

function real(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
