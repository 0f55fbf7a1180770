/**
 * From a manifest and the user's settings to the command that starts the server: what mcpb's own
 * `getMcpConfigForManifest` answers, and the tests hold the two against each other. It differs where that one loses
 * or mangles values: docs/launch.md lists each difference.
 */
import path from 'node:path';
import { MpakError } from '../errors.ts';
import type { ServerType } from '../index/bundle-types.ts';
import type { Field, McpConfig, ServerManifest } from './manifest.ts';
import { aliasesOf, substitute, substituteArgs, substituteEnv, type Variables } from './substitute.ts';
import { gatherValues, type NamedPath, type Sources } from './values.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: mcpb's own placeholder
const FOLDER = '${__dirname}';
/** Started without arguments, these would read the protocol as their program, or do nothing. */
const NEEDS_SCRIPT = /^(node|python(3(\.\d+)?)?|uv)$/;

export interface ResolveOptions {
  /** Absolute; the bundle's files. */
  readonly folder: string;
  readonly manifest: ServerManifest;
  /** Settings given for this run. */
  readonly values: Sources['flags'];
  readonly stored: Sources['stored'];
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly cwd: string;
  /** The user's home. */
  readonly home: string;
}

export interface ResolvedServer {
  readonly type: ServerType;
  /** A bare name to be looked for on the PATH, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** What the manifest sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Required settings without a value: unless it is empty, the rest is not to be used. */
  readonly missing: readonly Field[];
  /** Files and folders that the user named, and that must be there. */
  readonly paths: readonly NamedPath[];
}

/** @throws MpakError SERVER_INVALID, USER_CONFIG_INVALID, PLATFORM_UNSUPPORTED */
export function resolveServer(options: ResolveOptions): ResolvedServer {
  const { manifest, folder, platform } = options;
  refusePlatform(manifest, platform);
  const config = configFor(manifest, platform);
  const system = systemVariables(options);
  const { values, missing, paths, chosen } = gatherValues(manifest.fields, {
    flags: options.values,
    stored: options.stored,
    environment: options.environment,
    env: config.env,
    system,
    cwd: options.cwd,
  });
  const variables = new Map(system);
  for (const [key, value] of values) variables.set(`user_config.${key}`, value);

  const said = substitute(config.command, variables);
  if (said.trim() === '' && missing.length === 0) {
    throw invalid(
      `The command of ${manifest.name}, ${JSON.stringify(config.command)}, is empty with these settings.`,
    );
  }
  const isChosen = [...chosen].some((key) => config.command.startsWith(`\${user_config.${key}}`));
  const command = placeCommand(said, { folder, platform, isChosen });
  const args = substituteArgs(config.args, variables);
  const env = substituteEnv(config.env, variables);
  refuseNul([command, ...args], 'An argument');
  for (const name of Object.keys(env)) {
    if (name === '' || /[=\0]/.test(name)) {
      throw invalid(`${JSON.stringify(name)} is no name of an environment variable.`);
    }
  }
  refuseNul(Object.values(env), 'A variable of the environment');
  return { type: manifest.type, command, args, env, missing, paths };
}

/**
 * Says which commands set what is missing.
 * @param name of the package, as `mpak config` takes it
 * @throws MpakError USER_CONFIG_MISSING
 */
export function requireComplete(
  missing: readonly Field[],
  name: string | undefined,
  env: McpConfig['env'],
): void {
  if (missing.length === 0) return;
  const titles = missing.map(({ key, title }) => (title === key ? key : `${key} (${title})`));
  throw new MpakError(
    'USER_CONFIG_MISSING',
    `${name ?? 'The bundle'} needs settings: ${titles.join(', ')}.`,
    {
      hint: name === undefined ? hintForFile(missing, env) : hintForPackage(missing, name, env),
    },
  );
}

function hintForPackage(missing: readonly Field[], name: string, env: McpConfig['env']): string {
  const commands = missing.map(
    ({ key, sensitive }) => `\`mpak config set ${name} ${key}=${sensitive ? '-' : '…'}\``,
  );
  const stdin = missing.some(({ sensitive }) => sensitive)
    ? ' With "-" the value is asked for, or read from standard input.'
    : '';
  const variables = missing.flatMap(({ key }) => aliasesOf(key, env).slice(0, 1));
  const orSet = variables.length === 0 ? '' : ` Or set ${variables.join(', ')} in the environment.`;
  return `Run ${commands.join(' and ')}.${stdin}${orSet}`;
}

/** Nothing is kept for it. A secret does not belong into the list of processes when there is another way. */
function hintForFile(missing: readonly Field[], env: McpConfig['env']): string {
  const variables: string[] = [];
  const flags: string[] = [];
  for (const { key, sensitive } of missing) {
    const [variable] = aliasesOf(key, env);
    if (sensitive && variable !== undefined) variables.push(variable);
    else flags.push(`--set ${key}=…`);
  }
  const ways = [
    variables.length > 0 && `Set ${variables.join(', ')} in the environment.`,
    flags.length > 0 && `Run \`mpak run --local FILE ${flags.join(' ')}\`.`,
  ];
  return ways.filter(Boolean).join(' ');
}

/** `mcp_config` on a platform, before anything is substituted. */
export function configFor(manifest: ServerManifest, platform: NodeJS.Platform): McpConfig {
  const base = manifest.mcpConfig;
  const override = manifest.overrides.get(platform) ?? {};
  const config = { command: '', args: [], env: {}, ...base, ...override };
  const { entryPoint, type } = manifest;
  if (entryPoint !== undefined && !isInside(entryPoint, platform)) {
    throw invalid(
      `The entry point ${JSON.stringify(entryPoint)} of ${manifest.name} is outside of the bundle.`,
    );
  }
  const script = entryPoint && `${FOLDER}/${entryPoint}`;
  if (config.command === '') {
    if (!script) throw invalid(`${manifest.name} says neither a command nor an entry point.`);
    const command = type === 'binary' ? script : type;
    return { ...config, command, args: type === 'binary' ? [] : scriptArgs(command, script) };
  }
  const lacksScript = config.args.length === 0 && NEEDS_SCRIPT.test(config.command);
  return lacksScript && script ? { ...config, args: scriptArgs(config.command, script) } : config;
}

/** How a program takes a script: by what it is, whatever the type of the server. */
function scriptArgs(command: string, script: string): string[] {
  return command === 'uv' ? ['run', '--directory', FOLDER, script] : [script];
}

/** Whether a path that is relative to the bundle stays in it. */
function isInside(relative: string, platform: NodeJS.Platform): boolean {
  const os = platform === 'win32' ? path.win32 : path.posix;
  const normal = os.normalize(relative);
  return !os.isAbsolute(normal) && normal !== '..' && !normal.startsWith(`..${os.sep}`);
}

function systemVariables({ folder, home, platform }: ResolveOptions): Variables {
  const { join, sep } = platform === 'win32' ? path.win32 : path.posix;
  return new Map([
    ['__dirname', folder],
    ['pathSeparator', sep],
    ['/', sep],
    ['HOME', home],
    ['DESKTOP', join(home, 'Desktop')],
    ['DOCUMENTS', join(home, 'Documents')],
    ['DOWNLOADS', join(home, 'Downloads')],
  ]);
}

/**
 * A bare name stays one; a path is the bundle's, relative to it or absolute. It keeps bundles movable and says early
 * what is wrong with them. It is no sandbox: a server runs with all that its user may do.
 */
function placeCommand(
  command: string,
  { folder, platform, isChosen }: { folder: string; platform: NodeJS.Platform; isChosen: boolean },
): string {
  const os = platform === 'win32' ? path.win32 : path.posix;
  const isBare = platform === 'win32' ? !/[/\\:]/.test(command) : !command.includes('/');
  if (isBare && command !== '.' && command !== '..') return command;
  const file = os.resolve(folder, command);
  if (isChosen && os.isAbsolute(command)) return file;
  if (file === folder) throw invalid(`The bundle's command ${JSON.stringify(command)} is its folder.`);
  if (!isInside(os.relative(folder, file), platform)) {
    throw invalid(`The bundle's command ${JSON.stringify(command)} is outside of the bundle.`);
  }
  return file;
}

function refusePlatform({ name, platforms }: ServerManifest, platform: NodeJS.Platform): void {
  if (platforms === undefined || platforms.length === 0 || platforms.includes(platform)) return;
  throw new MpakError('PLATFORM_UNSUPPORTED', `${name} does not run on ${platform}.`, {
    hint: `It runs on ${platforms.join(', ')}.`,
  });
}

function refuseNul(texts: readonly string[], what: string): void {
  if (texts.some((text) => text.includes('\0'))) throw invalid(`${what} contains a NUL character.`);
}

function invalid(message: string): MpakError {
  return new MpakError('SERVER_INVALID', message, {
    hint: 'The bundle cannot be started; its author can mend it.',
  });
}
