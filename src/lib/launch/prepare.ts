/** From an installed bundle to all that it takes to start its server. On the way of every `mpak run`: it imports little. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import type { LaunchSpec } from './become.ts';
import { serverEnvironment } from './environment.ts';
import { locateCommand, type OwnNode } from './locate.ts';
import { type Field, readServerManifest, type ServerManifest } from './manifest.ts';
import { configFor, type ResolvedServer, requireComplete, resolveServer } from './resolve.ts';
import { invalid, type NamedPath, type Sources, shown } from './values.ts';

/** Programs that take a file of the bundle's as their first argument. */
const INTERPRETER = /^(node|python3?)$/;

export interface PrepareOptions {
  /** The package, as `mpak config` takes it; undefined for a file of the user, which has no kept settings. */
  readonly name: string | undefined;
  /** Absolute; the bundle's files. */
  readonly folder: string;
  /** Settings given for this run. */
  readonly values: Sources['flags'];
  /** Those in config.json: `userConfig(config, name)`. */
  readonly stored: Sources['stored'];
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Where the user stands. */
  readonly cwd: string;
  readonly ownNode: OwnNode | undefined;
  /** Asks the user for missing settings; undefined where nobody can be asked. */
  readonly ask: ((fields: readonly Field[]) => Promise<Readonly<Record<string, string>>>) | undefined;
}

/** @throws MpakError SERVER_INVALID, PLATFORM_UNSUPPORTED, USER_CONFIG_MISSING, USER_CONFIG_INVALID, INTERPRETER_MISSING */
export async function prepareLaunch(options: PrepareOptions): Promise<LaunchSpec> {
  const { folder, environment, platform, cwd, ownNode, ask } = options;
  const manifest = readManifest(folder);
  const resolve = (values: Sources['flags']) =>
    resolveServer({ ...options, manifest, values, home: homeOf(environment, platform) });
  let server = resolve(options.values);
  if (server.missing.length > 0 && ask !== undefined) {
    server = resolve({ ...options.values, ...(await ask(server.missing)) });
  }
  requireComplete(server.missing, options.name, configFor(manifest, platform).env);
  for (const named of server.paths) requireThere(named);
  requireScript(server, folder);
  const command = await locateCommand({
    server,
    folder,
    runtimes: manifest.runtimes,
    environment,
    platform,
    ownNode,
  });
  return {
    command,
    args: server.args,
    environment: {
      ...serverEnvironment({ server, folder, environment, platform, cwd }),
      ...(command === ownNode?.path && ownNode.scriptsOnly),
    },
    cwd: folder,
  };
}

/** @throws MpakError SERVER_INVALID */
export function readManifest(folder: string): ServerManifest {
  const file = path.join(folder, 'manifest.json');
  try {
    return readServerManifest(JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new MpakError('SERVER_INVALID', `${file} is not JSON: ${cause.message}.`, {
      hint: 'The bundle cannot be started; its author can mend it.',
      cause,
    });
  }
}

function requireThere({ field, path: file }: NamedPath): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) throw invalid(field, `is ${shown(field, file)}, which is not there`);
  if (field.type === 'directory' && !status.isDirectory())
    throw invalid(field, `is ${shown(field, file)}, which is no folder`);
  if (field.type === 'file' && status.isDirectory())
    throw invalid(field, `is ${shown(field, file)}, which is a folder`);
}

/** An interpreter would say in its own words, with a stack trace, that its first argument is no file. */
function requireScript({ command, args }: ResolvedServer, folder: string): void {
  const [script] = args;
  if (!INTERPRETER.test(command) || script === undefined || !script.startsWith(`${folder}/`)) return;
  // Node completes what it is given; both take folders too.
  if (['', '.js', '.json', '.node'].some((ending) => existsSync(script + ending))) return;
  throw new MpakError('SERVER_INVALID', `The bundle is started with ${script}, which is not there.`, {
    hint: 'Its author can mend it; `mpak cache verify` tells whether it ever was.',
  });
}

function homeOf(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  return (platform === 'win32' ? environment.USERPROFILE : environment.HOME) || os.homedir();
}
