/**
 * From the words of a command line to the command that runs, by oclif and from a manifest, without looking at the disk
 * for commands or plugins: a command's module is loaded when it runs, and nothing else.
 */

import type { Command, Interfaces } from '@oclif/core';
import { Config } from '@oclif/core/config';
import { Help, normalizeArgv } from '@oclif/core/help';
import { toConfiguredId } from '@oclif/core/util/ids';
import { MpakError } from '../lib/errors.ts';
import { closest } from '../lib/index/typo.ts';
import type { CommandLine } from './start.ts';

/** Runs what the arguments say. */
export async function dispatch(cli: CommandLine, argv: string[]): Promise<void> {
  const config = await loadConfig(cli);
  if (argv.length === 0 || wantsHelp(argv)) {
    const words = argv.filter((word) => word !== '--help' && word !== '-h');
    if (words.length > 0 && !words[0]?.startsWith('-')) requireCommand(cli, config, words);
    await showHelp(config, argv.length === 0 ? ['--help'] : argv);
    return;
  }
  const [id, ...rest] = normalizeArgv(config, argv) as [string, ...string[]];
  const command = config.findCommand(id);
  if (command !== undefined) {
    await config.runCommand(id, rest, command);
  } else if (config.findTopic(id) !== undefined) {
    await showHelp(config, [id]);
  } else {
    requireCommand(cli, config, argv);
    // A command that takes no argument, with one behind it: the command itself says so.
    const length =
      argv.findLastIndex((_, index) => config.commandIDs.includes(argv.slice(0, index + 1).join(':'))) + 1;
    await config.runCommand(argv.slice(0, length).join(':'), argv.slice(length));
  }
}

async function showHelp(config: Config, argv: string[]): Promise<void> {
  await new Help(config, { all: false }).showHelp(argv);
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

/** Colours are mpak's own: a theme of oclif's would be looked for on the disk at every start. */
class OwnConfig extends Config {
  override async loadTheme(): Promise<undefined> {
    return undefined;
  }
}

async function loadConfig(cli: CommandLine): Promise<Config> {
  const plugin = rootPlugin(cli);
  const config = new OwnConfig({
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
    const command = (await cli.load(id)).default;
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
