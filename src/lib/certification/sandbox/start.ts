/** How a server is started in the sandbox: as its manifest says, with settings that stand for what a user would give. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../../errors.ts';
import { type Field, readServerManifest } from '../../launch/manifest.ts';
import { type ResolvedServer, resolveServer } from '../../launch/resolve.ts';
import { BUNDLE, HOME, RUNTIME } from './observed.ts';

const PYTHON = ['/usr/bin/python3', '/usr/local/bin/python3'];

export interface Start {
  /** In the sandbox. */
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly needsNode: boolean;
}

/** @returns how to start it, or why it cannot be started here, a sentence */
export function startOf(manifest: unknown): Start | { readonly unavailable: string } {
  try {
    const server = resolve(manifest);
    const command = commandOf(server);
    if (command === undefined) {
      return {
        unavailable: `It is started with ${JSON.stringify(server.command)}, which the sandbox does not have.`,
      };
    }
    const needsNode = command === `${RUNTIME}/node`;
    return { command, args: server.args, environment: environmentOf(server, needsNode), needsNode };
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    return { unavailable: `It cannot be started: ${error.message}` };
  }
}

function resolve(json: unknown): ResolvedServer {
  const manifest = readServerManifest(json);
  return resolveServer({
    folder: BUNDLE,
    manifest,
    values: Object.fromEntries(
      manifest.fields
        .filter((field) => field.required && field.default === undefined)
        .map((field) => [field.key, standIn(field)]),
    ),
    stored: {},
    environment: {},
    platform: 'linux',
    cwd: HOME,
    home: HOME,
  });
}

function standIn({ type, min, max }: Field): string {
  if (type === 'number') return String(min ?? Math.min(1, max ?? 1));
  if (type === 'boolean') return 'false';
  return type === 'string' ? 'sandbox' : HOME;
}

function commandOf({ command }: ResolvedServer): string | undefined {
  if (command.startsWith(`${BUNDLE}/`)) return command;
  if (command === 'node') return `${RUNTIME}/node`;
  return /^python3?$/.test(command) ? PYTHON.find((file) => existsSync(file)) : undefined;
}

function environmentOf({ type, env }: ResolvedServer, isNode: boolean): Record<string, string> {
  const pythonPath = [env.PYTHONPATH, path.join(BUNDLE, 'deps'), path.join(BUNDLE, 'server/lib')];
  return {
    LANG: 'C.UTF-8',
    MPAK_WORKSPACE: `${HOME}/.mpak`,
    ...env,
    ...(type === 'python' && { PYTHONPATH: pythonPath.filter((each) => each).join(':') }),
    ...(isNode && { NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --trace-env`.trim() }),
    PATH: `${RUNTIME}:/usr/local/bin:/usr/bin:/bin`,
    HOME,
  };
}
