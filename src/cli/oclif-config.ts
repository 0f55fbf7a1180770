/**
 * oclif's configuration, from what is known beforehand. Its own `load` looks for themes, shells and plugins at every
 * start, and what it finds is for shell completion alone.
 */
import type { Command, Interfaces } from '@oclif/core';
import { Config } from '@oclif/core/config';
import { type CommandLine, userAgentOf } from './start.ts';

/** @param id of the one command that is asked for; by default the configuration knows all of them */
export async function loadConfig(cli: CommandLine, id?: string): Promise<Config> {
  const { commands } = cli.manifest;
  // Completion is about the others, too.
  const isCompletion = id?.startsWith('autocomplete') === true;
  const only = id === undefined || isCompletion ? undefined : commands[id];
  const plugin = rootPlugin(cli, only === undefined ? Object.values(commands) : [only]);
  const options = { root: plugin.root, plugins: new Map([[plugin.name, plugin]]), userPlugins: false };
  // oclif's only way to say where plugins keep files that also holds when a plugin loads the configuration again.
  if (cli.cacheDir !== undefined) process.env[`${cli.bin.toUpperCase()}_CACHE_DIR`] ??= cli.cacheDir;
  if (isCompletion) {
    const config = new Config(options);
    await config.load();
    return config;
  }
  return new KnownConfig(options, cli, plugin);
}

/** What `load` would set, as far as commands and help ask for it. */
class KnownConfig extends Config {
  constructor(options: Interfaces.Options, cli: CommandLine, plugin: Interfaces.Plugin) {
    super(options);
    this.plugins = new Map([[plugin.name, plugin]]);
    this.root = plugin.root;
    this.pjson = plugin.pjson;
    this.name = cli.bin;
    this.bin = cli.bin;
    this.dirname = cli.bin;
    this.version = cli.version;
    this.channel = 'stable';
    this.valid = true;
    this.topicSeparator = ' ';
    this.arch = process.arch as Interfaces.ArchTypes;
    this.platform = process.platform as Interfaces.PlatformTypes;
    this.windows = process.platform === 'win32';
    this.userAgent = userAgentOf(cli);
    // Private to oclif's own `load`: TypeScript lets them be reached by their names alone.
    // biome-ignore-start lint/complexity/useLiteralKeys: see above
    this['rootPlugin'] = plugin;
    this['loadCommands'](plugin);
    this['loadTopics'](plugin);
    // biome-ignore-end lint/complexity/useLiteralKeys: see above
  }
}

/** oclif's own plugin object, made from the manifest. */
function rootPlugin(cli: CommandLine, commands: readonly Command.Cached[]): Interfaces.Plugin {
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
    commandIDs: commands.map(({ id }) => id),
    commands: commands.map((command) => ({
      ...command,
      load: () => find(command.id),
    })),
    topics: Object.entries(cli.topics).map(([name, { description }]) => ({ name, description })),
    findCommand: find as Interfaces.Plugin['findCommand'],
    load: async () => undefined,
  };
  return plugin;
}
