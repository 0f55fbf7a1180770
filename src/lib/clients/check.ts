/** Looks over the entries of mpak's in clients' files: whether each would start what it is there for. Changes nothing. */
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PackageName } from '../bundle/name.ts';
import { BundleCache, type Installed } from '../cache/bundle-cache.ts';
import { readConfig } from '../config/config.ts';
import { mpakHome } from '../config/home.ts';
import type { Reach } from '../config/keychain.ts';
import { storedSettings } from '../config/stored-settings.ts';
import { MpakError } from '../errors.ts';
import { type Finding, failed } from '../finding.ts';
import { originOf } from '../install/origin.ts';
import { refuseRevoked, standingOf } from '../install/standing.ts';
import { isExecutable, isFile } from '../launch/find-program.ts';
import { readManifest } from '../launch/prepare.ts';
import { configFor, requireComplete, resolveServer } from '../launch/resolve.ts';
import { readOwnEntries } from './change.ts';
import type { Client, ClientFile, Launch } from './client.ts';
import type { OwnEntry } from './entry.ts';
import { answersInitialize } from './start.ts';

export interface CheckOptions {
  readonly clients: readonly Client[];
  /** Files of the project too: they are whoever's has written the project. Undefined: only the user's. */
  readonly project: { readonly expected: (name: PackageName) => Launch } | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** How long a server may take until it answers. */
  readonly limitMs: number;
  readonly keychain: Reach;
  /** Ends what is started, and starts no more. */
  readonly signal: AbortSignal;
}

/** So many servers are started at once. */
const AT_ONCE = 4;
/** What a program of Windows does not start without. */
const WINDOWS = ['SystemRoot', 'SystemDrive', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'TEMP', 'PATH'];

interface Found {
  readonly client: Client;
  readonly place: ClientFile;
  readonly entry: OwnEntry;
}

/**
 * One finding for each entry, and for each file that cannot be read. What a user's own files name is started: clients do so
 * anyway. A file of a project may come from anybody, so only what mpak itself would have written there is started.
 */
export async function checkClients(options: CheckOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  const found: Found[] = [];
  for (const client of options.clients) {
    for (const place of [client.user, options.project && client.project]) {
      if (place === undefined) continue;
      try {
        const entries = await readOwnEntries(client, place);
        found.push(...entries.map((entry) => ({ client, place, entry })));
      } catch (error) {
        findings.push(failed(`${client.name}`, error));
      }
    }
  }
  const started = new Map<string, Promise<string | undefined>>();
  const checked: Finding[] = [];
  const left = found.entries();
  // One that is slow keeps nobody waiting but who comes after it.
  const checkNext = async () => {
    for (const [index, one] of left) checked[index] = await checkEntry(one, options, started);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, checkNext));
  return [...findings, ...checked];
}

async function checkEntry(
  { client, place, entry }: Found,
  options: CheckOptions,
  started: Map<string, Promise<string | undefined>>,
): Promise<Finding> {
  const { launch } = entry;
  const check = `${client.name}: ${entry.name}`;
  const again = `mpak client add ${entry.package} --client ${client.id}${place.scope === 'project' ? ' --project' : ''}`;
  if (place.scope === 'project' && !isDeepStrictEqual(launch, options.project?.expected(entry.package))) {
    const message = `${place.file} starts something else than this mpak writes, and is not started here`;
    return { check, state: 'warn', message, hint: `Look at it. What mpak writes: ${again}` };
  }
  const lost = wordNotThere(launch);
  if (lost !== undefined) return { check, state: 'fail', message: lost, hint: again };
  try {
    await requireReady(entry, options);
  } catch (error) {
    return failed(check, error);
  }
  const key = JSON.stringify(launch);
  const answer = started.get(key) ?? start(launch, options);
  started.set(key, answer);
  const problem = await answer;
  return problem === undefined
    ? { check, state: 'ok', message: `${entry.package} answers`, hint: null }
    : { check, state: 'fail', message: `${entry.package}: ${problem}`, hint: `mpak run ${entry.package}` };
}

/** The program and its script. Undefined: they are there. */
function wordNotThere({ command, args }: Launch): string | undefined {
  if (!path.isAbsolute(command))
    return `${command} is no absolute path: a client may have no PATH to find it`;
  if (!isExecutable(command)) return `${command} is not there, or no program`;
  const script = args.slice(0, -2).find((word) => path.isAbsolute(word));
  return script === undefined || isFile(script) ? undefined : `${script} is not there`;
}

/** Installed, not revoked, and with all its settings. @throws MpakError */
async function requireReady(
  entry: OwnEntry,
  { environment, platform, keychain }: CheckOptions,
): Promise<void> {
  const home = mpakHome({ HOME: environment.HOME, ...entry.launch.env });
  const cache = new BundleCache(home);
  const installed = requireInstalled(cache, entry.package);
  const standing = standingOf(originOf(cache, installed), installed.name, installed.version);
  refuseRevoked(standing, installed.name, installed.version);
  const manifest = readManifest(installed.folder);
  const { missing } = resolveServer({
    manifest,
    folder: installed.folder,
    platform,
    values: {},
    stored: await storedSettings(readConfig(home), { home, package: installed.name, ...keychain }),
    environment: entry.launch.env,
    cwd: home,
    home: homeOf(environment, platform),
  });
  requireComplete(missing, entry.package, configFor(manifest, platform).env);
}

/** @throws MpakError NOT_FOUND */
function requireInstalled(cache: BundleCache, name: PackageName): Installed {
  const installed = cache.findCurrent(name);
  if (installed !== undefined) return installed;
  throw new MpakError('NOT_FOUND', `${name} is not installed, and a client has nobody to ask.`, {
    hint: `mpak bundle install ${name}`,
  });
}

function start(
  launch: Launch,
  { environment, platform, limitMs, signal }: CheckOptions,
): Promise<string | undefined> {
  const home = homeOf(environment, platform);
  const kept = platform === 'win32' ? WINDOWS : [];
  const named = kept.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]));
  return answersInitialize({
    launch,
    // A look at what is newer is none of the check's business.
    environment: { ...Object.fromEntries(named), HOME: home, MPAK_NO_UPDATE_CHECK: '1' },
    cwd: home,
    limitMs,
    signal,
  });
}

function homeOf(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  return (platform === 'win32' ? environment.USERPROFILE : environment.HOME) || os.homedir();
}
