/**
 * Starts an oclif command line from a manifest, without looking at the disk for commands or plugins: a command's
 * module is loaded when it runs, and nothing else.
 */

import type { Command, Interfaces } from '@oclif/core';
import { Config, Plugin, toConfiguredId } from '@oclif/core';
import { Help, normalizeArgv } from '@oclif/core/help';
import { MpakError } from '../lib/errors.ts';
import { closest } from '../lib/index/typo.ts';
import { reportError } from './report.ts';

/** A command line: its name, where its commands are, and what is known of them without loading them. */
export interface CommandLine {
  /** The name of the binary. */
  readonly bin: string;
  readonly version: string;
  readonly description: string;
  readonly topics: Readonly<Record<string, { readonly description: string }>>;
  /** oclif's manifest: what each command takes, by id. scripts/manifest.ts writes it. */
  readonly manifest: { readonly commands: Readonly<Record<string, Command.Cached>> };
  /** Loads the module of a command, whose default export is its class. */
  readonly load: (id: string) => Promise<{ default: Command.Class }>;
  /** A folder that oclif and its plugins may keep files in; undefined where they keep none. */
  readonly cacheDir: string | undefined;
}

/** The plugin that adds shell completion; its commands are in the manifest, its code is loaded when one runs. */
export const AUTOCOMPLETE = '@oclif/plugin-autocomplete';

/** Runs what the arguments say, prints errors, and sets the exit status of the process. */
export async function startCli(cli: CommandLine, argv: readonly string[]): Promise<void> {
  const report = (error: unknown) => reportError(error, { program: cli.bin, json: false });
  // oclif's listener would end the process with a stack trace: a full disk behind `>` is no fault of ours.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who closes a pipe has read enough.
    if (error.code !== 'EPIPE') report(error);
  });
  try {
    await dispatch(cli, await loadConfig(cli), [...argv]);
  } catch (error) {
    reportError(error, { program: cli.bin, json: argv.includes('--json') });
  }
}

async function dispatch(cli: CommandLine, config: Config, argv: string[]): Promise<void> {
  if (argv[0] === '--version' || argv[0] === '-v') {
    process.stdout.write(`${config.userAgent}\n`);
    return;
  }
  if (argv.length === 0 || wantsHelp(argv)) {
    const words = argv.filter((word) => word !== '--help' && word !== '-h');
    if (words.length > 0 && !words[0]?.startsWith('-')) requireCommand(cli, config, words);
    await new Help(config, { all: false }).showHelp(argv.length === 0 ? ['--help'] : argv);
    return;
  }
  const [id, ...rest] = normalizeArgv(config, argv) as [string, ...string[]];
  const command = config.findCommand(id);
  if (command !== undefined) {
    await config.runCommand(id, rest, command);
  } else if (config.findTopic(id) !== undefined) {
    await new Help(config, { all: false }).showHelp([id]);
  } else {
    requireCommand(cli, config, argv);
    // A command that takes no argument, with one behind it: the command itself says so.
    const length =
      argv.findLastIndex((_, index) => config.commandIDs.includes(argv.slice(0, index + 1).join(':'))) + 1;
    await config.runCommand(argv.slice(0, length).join(':'), argv.slice(length));
  }
}

function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  return before.includes('--help') || before.includes('-h');
}

/** @throws MpakError USAGE with what was probably meant, when the words name neither a command nor a topic */
function requireCommand(cli: CommandLine, config: Config, words: readonly string[]): void {
  const end = words.findIndex((word) => word.startsWith('-'));
  const typed = end === -1 ? words : words.slice(0, end);
  const topics = config.topics.map((topic) => topic.name);
  if (topics.includes(typed.join(':'))) return;
  if (typed.some((_, index) => config.commandIDs.includes(typed.slice(0, index + 1).join(':')))) return;
  if (typed.length === 0) {
    throw new MpakError('USAGE', `Which command is meant? ${words.join(' ')} belongs behind one.`, {
      hint: `\`${cli.bin} --help\` lists the commands.`,
    });
  }
  const commands = config.commands.filter((command) => !command.hidden).map((command) => command.id);
  // "bundle serch" is nearer to "bundle search" than its words by themselves are to anything.
  const length = topics.includes(typed[0] ?? '') ? 2 : 1;
  const name = typed.slice(0, length).join(' ');
  const guess = closest(typed.slice(0, length).join(':'), [...commands, ...topics]);
  throw new MpakError('USAGE', `There is no command "${name}".`, {
    hint:
      guess === undefined
        ? `\`${cli.bin} --help\` lists the commands.`
        : `Did you mean \`${cli.bin} ${toConfiguredId(guess, config)}\`?`,
  });
}

async function loadConfig(cli: CommandLine): Promise<Config> {
  const plugin = rootPlugin(cli);
  const config = new Config({
    root: plugin.root,
    plugins: new Map([[plugin.name, plugin]]),
    userPlugins: false,
  });
  // oclif's only way to say where plugins keep files that also holds when a plugin loads the configuration again.
  if (cli.cacheDir !== undefined) process.env[`${cli.bin.toUpperCase()}_CACHE_DIR`] ??= cli.cacheDir;
  await config.load();
  return config;
}

/** oclif's own plugin object, made from the manifest. */
function rootPlugin(cli: CommandLine): Interfaces.Plugin {
  const pjson = {
    name: cli.bin,
    version: cli.version,
    description: cli.description,
    oclif: { bin: cli.bin, dirname: cli.bin, topicSeparator: ' ', topics: cli.topics },
  } as unknown as Interfaces.PJSON;
  const find = async (id: string): Promise<Command.Class> => {
    const isPlugin = cli.manifest.commands[id]?.pluginName === AUTOCOMPLETE;
    const command = isPlugin ? await loadAutocomplete(id) : (await cli.load(id)).default;
    command.id = id;
    command.plugin = plugin;
    return command;
  };
  const plugin: Interfaces.Plugin = {
    _base: '@oclif/core',
    name: cli.bin,
    alias: cli.bin,
    version: cli.version,
    root: import.meta.dirname,
    type: 'core',
    moduleType: 'module',
    isRoot: true,
    valid: true,
    pjson,
    hooks: {},
    options: { root: import.meta.dirname },
    hasManifest: true,
    commandsDir: undefined,
    commandIDs: Object.keys(cli.manifest.commands),
    commands: Object.values(cli.manifest.commands).map((command) => ({
      ...command,
      load: () => find(command.id),
    })),
    topics: Object.entries(cli.topics).map(([name, { description }]) => ({ name, description })),
    findCommand: find as Interfaces.Plugin['findCommand'],
    load: async () => undefined,
  };
  return plugin;
}

async function loadAutocomplete(id: string): Promise<Command.Class> {
  const plugin = new Plugin({ name: AUTOCOMPLETE, root: import.meta.dirname, type: 'core' });
  await plugin.load();
  return plugin.findCommand(id, { must: true });
}
