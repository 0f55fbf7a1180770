/**
 * Vendors the dependencies of a Python server into `deps`, with uv or pip. Wheels only: building from a source
 * distribution runs its code, and gives other bytes on every machine.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { MpakError } from '../errors.ts';
import { readTextIfThere } from '../files.ts';
import { findProgram } from '../launch/find-program.ts';
import { runTool, type Tool } from './tool.ts';
import type { VendorOptions } from './vendor.ts';

const DEPS = 'deps';
const REQUIREMENTS = 'requirements.txt';
/** Written into the copy, beside the publisher's files, and not packed. */
const CHOSEN = '.mpak-requirements.txt';
const OTHER_LOCKFILES = ['poetry.lock', 'pdm.lock', 'Pipfile.lock'];

/** In a dist-info: who installed it from where and when, and checksums of files that are not packed. */
const INSTALLATION = [
  'RECORD',
  'RECORD.jws',
  'RECORD.p7s',
  'INSTALLER',
  'REQUESTED',
  'direct_url.json',
  'uv_cache.json',
];
/** In `deps`: programs that start with the path of this machine's Python, and what uv locks itself with. */
const PROGRAMS = ['bin', 'Scripts'];

/** Whether something there says what to install. */
export function hasPythonDependencies(folder: string): boolean {
  return existsSync(path.join(folder, REQUIREMENTS)) || projectDependencies(folder) !== undefined;
}

/** @throws MpakError VENDOR_FAILED, INTERPRETER_MISSING, USAGE */
export async function vendorPython(options: VendorOptions): Promise<void> {
  const { folder, environment, platform, pythonVersion, warn } = options;
  const uv = findProgram('uv', environment, platform);
  const requirements = await chooseRequirements(options, uv);
  refuseSources(folder, requirements);
  const installer = uv === undefined ? pip(options) : ([uv, 'pip'] as const);
  await runTool(
    installer,
    [
      'install',
      '--target',
      DEPS,
      '--only-binary',
      ':all:',
      ...(uv === undefined
        ? ['--no-compile', '--no-input', '--disable-pip-version-check']
        : ['--link-mode', 'copy']),
      ...(pythonVersion === undefined ? [] : ['--python-version', pythonVersion]),
      '-r',
      requirements,
    ],
    folder,
    options,
  );
  if (requirements === CHOSEN) rmSync(path.join(folder, CHOSEN));
  if (!isPinned(folder)) {
    warn(
      'Not every dependency has an exact version: another pack may get others. Use uv.lock, or pin with `==`.',
    );
  }
  tidy(path.join(folder, DEPS));
}

/** The requirements file to install from: of uv.lock, else the publisher's own, else of pyproject.toml. */
async function chooseRequirements(options: VendorOptions, uv: string | undefined): Promise<string> {
  const { folder } = options;
  const there = (name: string) => existsSync(path.join(folder, name));
  if (there('uv.lock')) {
    if (uv === undefined) {
      throw new MpakError(
        'INTERPRETER_MISSING',
        'The versions are locked in uv.lock, and uv is not on the PATH.',
        {
          hint: 'Install uv: https://docs.astral.sh/uv. Or export a requirements.txt and leave uv.lock out of the folder.',
        },
      );
    }
    const flags = ['--frozen', '--no-dev', '--no-emit-project', '--quiet', '--output-file', CHOSEN];
    await runTool([uv], ['export', ...flags], folder, options);
    return CHOSEN;
  }
  if (there(REQUIREMENTS)) return REQUIREMENTS;
  const lock = OTHER_LOCKFILES.find(there);
  if (lock !== undefined) {
    throw new MpakError('USAGE', `The versions are locked in ${lock}, which mpak does not read.`, {
      hint: 'Export a requirements.txt from it.',
    });
  }
  writeFileSync(
    path.join(folder, CHOSEN),
    (projectDependencies(folder) ?? []).map((line) => `${line}\n`).join(''),
  );
  return CHOSEN;
}

/** pip builds what is from version control or of a folder, whatever it is told of wheels: that runs its code. */
function refuseSources(folder: string, requirements: string): void {
  const lines = (readTextIfThere(path.join(folder, requirements)) ?? '').split(/\r?\n/);
  const source = lines.find((line) =>
    /^\s*(-e\b|--editable\b|\.{0,2}[\\/](?!.*\.whl)|file:(?!.*\.whl))|^[^#]*?(\b(git|hg|svn|bzr)\+|@\s*file:(?!.*\.whl))/.test(
      line,
    ),
  );
  if (source === undefined) return;
  throw new MpakError('USAGE', `${source.trim()} is no wheel: building it would run its code.`, {
    hint: 'Depend on a published version, or vendor yourself and pack with `--no-vendor`.',
  });
}

/** `[project] dependencies`; undefined when there are none. @throws MpakError USAGE */
function projectDependencies(folder: string): string[] | undefined {
  const file = path.join(folder, 'pyproject.toml');
  const text = readTextIfThere(file);
  if (text === undefined) return undefined;
  let project: { dependencies?: unknown; dynamic?: unknown };
  try {
    project = (parse(text.replace(/^\uFEFF/, '')).project ?? {}) as typeof project;
  } catch (error) {
    throw new MpakError('USAGE', `${file} is not TOML.`, { hint: 'Mend it.', cause: error });
  }
  const { dependencies, dynamic } = project;
  if (Array.isArray(dynamic) && dynamic.includes('dependencies')) {
    throw new MpakError(
      'USAGE',
      'The dependencies in pyproject.toml are dynamic: only building the project says them.',
      {
        hint: 'Write them into a requirements.txt.',
      },
    );
  }
  if (!Array.isArray(dependencies) || dependencies.length === 0) return undefined;
  if (!dependencies.every((each) => typeof each === 'string')) {
    throw new MpakError('USAGE', `The dependencies in ${file} are not all texts.`, {
      hint: 'Write each as in `dependencies = ["httpx==0.28.1"]`.',
    });
  }
  return dependencies;
}

function pip({ environment, platform }: VendorOptions): Tool {
  const names = platform === 'win32' ? ['python', 'py', 'python3'] : ['python3', 'python'];
  const python = names
    .map((name) => findProgram(name, environment, platform))
    .find((found) => found !== undefined);
  if (python === undefined) {
    throw new MpakError(
      'INTERPRETER_MISSING',
      'Neither uv nor Python is on the PATH, and dependencies are vendored with them.',
      {
        hint: 'Install uv: https://docs.astral.sh/uv. Or vendor yourself and pack with `--no-vendor`.',
      },
    );
  }
  return [python, '-m', 'pip'];
}

function isPinned(folder: string): boolean {
  if (existsSync(path.join(folder, 'uv.lock'))) return true;
  const requirements = readTextIfThere(path.join(folder, REQUIREMENTS));
  const lines = requirements?.split('\n') ?? projectDependencies(folder) ?? [];
  const required = lines.map((line) => line.trim()).filter((line) => /^[a-z0-9]/i.test(line));
  return required.every((line) => /===?\s*[^\s*,]+\s*(;|\\|#|--hash|$)/.test(line) || line.includes(' @ '));
}

/** Takes away what differs from one machine, or one installation, to the next. */
function tidy(deps: string): void {
  for (const name of PROGRAMS) {
    // A package may be called like that.
    if (!existsSync(path.join(deps, name, '__init__.py'))) remove(path.join(deps, name));
  }
  remove(path.join(deps, '.lock'));
  for (const name of existsSync(deps) ? readdirSync(deps) : []) {
    if (name.endsWith('.dist-info')) for (const file of INSTALLATION) remove(path.join(deps, name, file));
  }
}

function remove(place: string): void {
  rmSync(place, { recursive: true, force: true });
}
