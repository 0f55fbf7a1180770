/** Vendors the dependencies of a Node.js server with npm: as its lockfile says, without any script of a package. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { readIfThere } from '../files.ts';
import { asObject, parseJson } from './json-file.ts';
import { isFromGit, type LockedPackage, NPM_LOCKFILES, readNpmLock } from './npm-lockfile.ts';
import { npmEnvironment, npmSettings } from './npm-settings.ts';
import { findNpm, runTool } from './tool.ts';
import type { VendorOptions } from './vendor.ts';

/** Of other package managers, whose versions npm would not take. */
const OTHER_LOCKFILES: Readonly<Record<string, string>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'Yarn',
  'bun.lock': 'Bun',
  'bun.lockb': 'Bun',
};
const DEPENDENCIES = ['dependencies', 'optionalDependencies', 'peerDependencies', 'workspaces'];

/** What npm is told so that the same lockfile gives the same files, whatever an npmrc says. */
const FLAGS = [
  '--omit=dev',
  '--include=prod',
  '--package-lock',
  '--ignore-scripts',
  '--no-bin-links',
  // What is depended on by `file:` becomes a copy, as for everybody else, and no link.
  '--install-links',
  '--install-strategy=hoisted',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--no-progress',
  '--no-dry-run',
  '--no-package-lock-only',
  '--no-global',
  '--location=project',
  '--allow-git=none',
];

/** Whether there is a package.json with something to install. */
export function hasNodeDependencies(folder: string): boolean {
  const json = readPackageJson(folder);
  return DEPENDENCIES.some((name) => Object.keys(json?.[name] ?? {}).length > 0);
}

/** @throws MpakError USAGE, IO_FAILED */
function readPackageJson(folder: string): Record<string, unknown> | undefined {
  const file = path.join(folder, 'package.json');
  const bytes = readIfThere(file);
  if (bytes === undefined) return undefined;
  try {
    return asObject(parseJson(bytes));
  } catch (error) {
    throw new MpakError('USAGE', `${file} is not JSON.`, { hint: 'Mend it.', cause: error });
  }
}

/** @throws MpakError VENDOR_FAILED, INTERPRETER_MISSING, USAGE */
export async function vendorNode(options: VendorOptions): Promise<void> {
  const { folder, source, scratch, environment, target, warn } = options;
  const there = (name: string) => existsSync(path.join(folder, name));
  const isLocked = NPM_LOCKFILES.some(there);
  const [otherLock, otherManager] = Object.entries(OTHER_LOCKFILES).find(([name]) => there(name)) ?? [];
  if (!isLocked && otherLock !== undefined) {
    throw new MpakError(
      'USAGE',
      `The versions are locked by ${otherManager} in ${otherLock}, and mpak vendors with npm.`,
      {
        hint:
          'Write a package-lock.json with `npm install --package-lock-only`, or vendor with ' +
          `${otherManager} yourself and pack with \`--no-vendor\`.`,
      },
    );
  }
  if (!isLocked) {
    warn(
      'There is no package-lock.json: npm chose the versions, and another pack may get others. ' +
        'Write one with `npm install --package-lock-only`.',
    );
  }
  refuseGit(folder);
  refuseOutside(folder);
  const npm = findNpm(options);
  if (npm === undefined) {
    throw new MpakError(
      'INTERPRETER_MISSING',
      'npm is not on the PATH, and dependencies are vendored with it.',
      {
        hint: 'Install Node.js: https://nodejs.org. Or vendor yourself and pack with `--no-vendor`.',
      },
    );
  }
  const platform = [
    ...(target.os === undefined || target.os === 'any' ? [] : [`--os=${target.os}`]),
    ...(target.arch === undefined || target.arch === 'any' ? [] : [`--cpu=${target.arch}`]),
  ];
  // Tokens: beside the copy, its owner's alone, and no longer than npm needs them.
  const npmrc = path.join(scratch, 'npmrc');
  const remove = () => rmSync(npmrc, { force: true });
  process.on('exit', remove);
  writeFileSync(npmrc, npmSettings(source, environment), { mode: 0o600 });
  try {
    await runTool(
      npm,
      [isLocked ? 'ci' : 'install', ...FLAGS, `--userconfig=${npmrc}`, ...platform],
      folder,
      {
        ...options,
        environment: npmEnvironment(environment, path.join(scratch, 'no-git')),
      },
    );
  } finally {
    remove();
    process.off('exit', remove);
  }
  compareWithLock(folder);
}

/** npm runs programs of a package from git while it makes a package of it, by an npmrc in its folder. */
function refuseGit(folder: string): void {
  const json = readPackageJson(folder);
  const asked = DEPENDENCIES.slice(0, 2).flatMap((kind) => Object.entries(asObject(json?.[kind]) ?? {}));
  const locked = [...lockOf(folder)].map(([place, { resolved }]) => [place, resolved] as const);
  const isGit = (source: unknown) => typeof source === 'string' && isFromGit(source);
  const [name, source] =
    asked.find(([, spec]) => isGit(spec)) ??
    locked.find(([, resolved]) => /^(git|ssh|github:|gitlab:|bitbucket:|gist:)/.test(resolved ?? '')) ??
    [];
  if (name === undefined) return;
  throw new MpakError('USAGE', `${name} is from git, ${source}: npm would run programs of it.`, {
    hint: 'Depend on a published version, or vendor yourself and pack with `--no-vendor`.',
  });
}

/** What is beside the folder is not in the copy. */
function refuseOutside(folder: string): void {
  const json = readPackageJson(folder);
  for (const kind of DEPENDENCIES.slice(0, 2)) {
    for (const [name, spec] of Object.entries(asObject(json?.[kind]) ?? {})) {
      const place = typeof spec === 'string' ? /^(?:file|link):(.*)$/.exec(spec)?.[1] : undefined;
      if (place === undefined || !path.normalize(place).startsWith('..')) continue;
      throw new MpakError('USAGE', `${name} is ${spec}, outside of the folder that is packed.`, {
        hint: 'Only what is in the folder is vendored from. Move it in, or vendor yourself and pack with `--no-vendor`.',
      });
    }
  }
}

/** Settings that nobody foresaw could leave something out, or put something in. */
function compareWithLock(folder: string): void {
  const there = (place: string) => existsSync(path.join(folder, place));
  for (const [place, { isRequired, isDev }] of lockOf(folder)) {
    const isMissing = isRequired && !there(place);
    if (!isMissing && !(isDev && there(place))) continue;
    const what = isMissing ? 'npm did not vendor' : 'npm vendored, though it is for development alone,';
    throw new MpakError('VENDOR_FAILED', `${what} ${place}.`, {
      hint: 'Nothing was packed. Check the lockfile with `npm ls --all`, or vendor yourself and pack with `--no-vendor`.',
    });
  }
}

function lockOf(folder: string): ReadonlyMap<string, LockedPackage> {
  const file = NPM_LOCKFILES.map((name) => path.join(folder, name)).find((each) => existsSync(each));
  const bytes = file === undefined ? undefined : readIfThere(file);
  return bytes === undefined ? new Map() : readNpmLock(bytes);
}
