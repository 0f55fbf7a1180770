/**
 * Starts an installed bundle. This is what AI clients do each time they open, so it loads little: what installs is
 * imported when there is something to install.
 */
import { statSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import semver from 'semver';
import type { PackageReference } from '../lib/bundle/name.ts';
import { BundleCache, type Installed } from '../lib/cache/bundle-cache.ts';
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { storedSettings } from '../lib/config/stored-settings.ts';
import type { UserConfig } from '../lib/config/user-config.ts';
import { originOf } from '../lib/install/origin.ts';
import { refuseRevoked, type Standing, standingOf } from '../lib/install/standing.ts';
import { askForFields, isInteractive } from '../lib/launch/ask.ts';
import { becomeServer, endAs } from '../lib/launch/become.ts';
import { prepareLaunch } from '../lib/launch/prepare.ts';
import { printableLine } from '../lib/printable.ts';
import type { IndexStore } from '../lib/sync/store.ts';
import { namedRegistry } from './context.ts';
import type { InstallFlags } from './installer.ts';
import { keyringOf } from './keychain-command.ts';
import { ownNode, selfCommand } from './self.ts';

/** A newer version is looked for this often. */
const LOOK_AFTER_MS = 24 * 3_600_000;
/** The look waits until the server has long started: the two share processor and disk. */
const LOOK_DELAY_SECONDS = 5;

export interface RunOptions {
  readonly flags: InstallFlags & { readonly update: boolean };
  /** Settings for this run, by key. */
  readonly values: Readonly<Record<string, string | string[]>>;
  /** Passed on to the server behind its own. */
  readonly args: readonly string[];
  readonly userAgent: string;
}

/** Runs a package; installs it first when it is not here. Does not return where a process can become another. */
export async function runPackage(reference: PackageReference, options: RunOptions): Promise<void> {
  const { flags, userAgent } = options;
  const cache = new BundleCache(mpakHome(process.env));
  // A registry that is named is meant: what came from another one is another package.
  const registry = namedRegistry(flags.registry);
  let installed = flags.update ? undefined : findInstalled(cache, reference, registry);
  if (installed === undefined) {
    const { installPackage } = await import('./installer.ts');
    const { name, version } = reference;
    const result = await installPackage(
      version === undefined ? name : `${name}@${version}`,
      { ...flags, registry: registry ?? cache.baseline(name)?.receipt.registry },
      userAgent,
      // What is named for this run does not change what others run.
      { pinned: version !== undefined },
    );
    if (result.action === 'installed') {
      process.stderr.write(`Installed ${name} ${result.installed.version}.\n`);
    } else if (result.action === 'switched' && !flags.update && version === undefined) {
      process.stderr.write(
        `${name} ${result.installed.version} runs from here on: which one ran before is lost.\n`,
      );
    }
    installed = result.installed;
  }
  const { name, version, folder } = installed;
  const store = originOf(cache, installed);
  const standing = standingOf(store, name, version);
  refuseRevoked(standing, name, version);
  if (standing !== undefined) warn(standing, installed, reference);
  await lookForNewer(store);
  const stored = await storedSettings(readConfig(mpakHome(process.env)), keyringOf(name));
  await startServer(name, folder, { ...options, stored });
}

/**
 * Starts the server of an unpacked bundle.
 * @param name what its settings are kept under; undefined for a file of the user
 * @param options.stored its kept settings, with the secrets in them: for who proved to be that package, and no other
 */
export async function startServer(
  name: string | undefined,
  folder: string,
  { values, args, stored }: Pick<RunOptions, 'values' | 'args'> & { readonly stored: UserConfig },
): Promise<void> {
  const spec = await prepareLaunch({
    name,
    folder,
    values,
    stored,
    environment: process.env,
    platform: process.platform,
    cwd: workingFolder(),
    ownNode: ownNode(),
    ask: async (fields) => {
      const terminal = { input: process.stdin, output: process.stderr };
      return isInteractive(terminal) ? askForFields(fields, terminal) : {};
    },
  });
  endAs(await becomeServer({ ...spec, args: [...spec.args, ...args] }, process), process);
}

/** Where the user stands: it may have been removed meanwhile, and a server that has no use for it starts all the same. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return os.homedir();
  }
}

/**
 * What is here and is meant: the version that was named, the highest in its range that is not revoked, or the one that
 * runs.
 * @param registry only what came from there
 */
function findInstalled(
  cache: BundleCache,
  { name, version }: PackageReference,
  registry: string | undefined,
): Installed | undefined {
  const isMeant = ({ receipt }: Installed) => registry === undefined || receipt.registry === registry;
  const only = (installed: Installed | undefined) =>
    installed && isMeant(installed) ? installed : undefined;
  if (version === undefined) return only(cache.findCurrent(name));
  const exact = semver.valid(version);
  if (exact !== null) return only(cache.find(name, exact));
  const range = semver.validRange(version);
  if (range === null) return undefined;
  // Highest first. One that is revoked is passed over: another in the range may be here, or to be had.
  return cache
    .versions(name)
    .filter((installed) => isMeant(installed) && semver.satisfies(installed.version, range))
    .find((installed) => !standingOf(originOf(cache, installed), name, installed.version)?.revoked);
}

/** On stderr: what a user should know of the version that runs, and can do something about. */
function warn(standing: Standing, { name, version }: Installed, reference: PackageReference): void {
  const { latest, deprecated, yanked } = standing;
  if (yanked !== null) {
    const text = `${name} ${version} was taken back by its publisher: ${yanked}`;
    process.stderr.write(`${printableLine(text)}\n`);
  }
  if (deprecated !== null) {
    const successor = deprecated.successor === null ? '' : ` Use ${deprecated.successor} instead.`;
    const text = `${name} ${version} is deprecated: ${deprecated.message}${successor}`;
    process.stderr.write(`${printableLine(text)}\n`);
  }
  if (latest !== null && reference.version === undefined && semver.gt(latest, version)) {
    process.stderr.write(
      `${name} ${latest} is there, and ${version} runs: \`mpak bundle update ${name}\`.\n`,
    );
  }
}

/**
 * Brings the index up to date in the background, at most once a day and when the server has started, so that the next
 * start can say what is new. It has nothing to do with the server's streams.
 */
async function lookForNewer({ folder, label }: IndexStore): Promise<void> {
  if (process.env.MPAK_NO_UPDATE_CHECK) return;
  const mark = path.join(folder, 'looked');
  try {
    const now = Date.now();
    const last = statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? statSync(folder).mtimeMs;
    if (now - last < LOOK_AFTER_MS) return;
    // Before it is started: many servers start at once, and one of them looks.
    writeFileSync(mark, '');
    utimesSync(mark, new Date(now), new Date(now));
    await startApart([...selfCommand(), 'sync', '--registry', label]);
  } catch {
    // Without an index, or on a read-only disk, nobody looks: the server starts all the same.
  }
}

/**
 * Starts a command, after a while and in a session of its own that is no child of this process: the server that this process becomes
 * would never wait for it, and see it end as a zombie.
 */
async function startApart(line: readonly string[]): Promise<void> {
  // On one day's first start alone.
  const { spawn, spawnSync } = await import('node:child_process');
  const options = { detached: true, stdio: 'ignore' } as const;
  if (process.platform === 'win32') {
    const [command, ...args] = line as [string, ...string[]];
    // This process stays there, in front of the server. When the server ends sooner, nobody looks today.
    const start = () =>
      spawn(command, args, options)
        .on('error', () => undefined)
        .unref();
    setTimeout(start, LOOK_DELAY_SECONDS * 1000).unref();
  } else {
    const script = `(sleep ${LOOK_DELAY_SECONDS}; exec "$@") &`;
    spawnSync('/bin/sh', ['-c', script, 'sh', ...line], options);
  }
}
