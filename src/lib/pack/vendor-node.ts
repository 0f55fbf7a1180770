/** Vendors the dependencies of a Node.js server with npm: as its lockfile says, without any script of a package. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { findNpm, runTool } from './tool.ts';
import type { VendorOptions } from './vendor.ts';

const LOCKFILES = ['package-lock.json', 'npm-shrinkwrap.json'];
/** Of other package managers, whose versions npm would not take. */
const OTHER_LOCKFILES: Readonly<Record<string, string>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'Yarn',
  'bun.lock': 'Bun',
  'bun.lockb': 'Bun',
};
const DEPENDENCIES = ['dependencies', 'optionalDependencies', 'peerDependencies', 'workspaces'];

/** What npm is told so that the same lockfile gives the same files, whatever the user's npmrc says. */
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
];

/** Whether there is a package.json with something to install. */
export function hasNodeDependencies(folder: string): boolean {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return false;
  let json: Record<string, unknown> | null;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new MpakError('USAGE', `${file} is not JSON.`, { hint: 'Mend it.', cause: error });
  }
  return DEPENDENCIES.some((name) => Object.keys((json?.[name] as object | undefined) ?? {}).length > 0);
}

/** @throws MpakError VENDOR_FAILED, INTERPRETER_MISSING, USAGE */
export async function vendorNode(options: VendorOptions): Promise<void> {
  const { folder, target, warn } = options;
  const there = (name: string) => existsSync(path.join(folder, name));
  const isLocked = LOCKFILES.some(there);
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
  await runTool(npm, [isLocked ? 'ci' : 'install', ...FLAGS, ...platform], folder, options);
}
