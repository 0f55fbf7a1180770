/**
 * From the words of a command line to the command that runs, by oclif and from a manifest, without looking at the disk
 * for commands or plugins: a command's module is loaded when it runs, and nothing else.
 */

import type { Command } from '@oclif/core';
import type { Config } from '@oclif/core/config';
import { Help, normalizeArgv } from '@oclif/core/help';
import { toConfiguredId } from '@oclif/core/util/ids';
import { MpakError } from '../lib/errors.ts';
import { closest } from '../lib/index/typo.ts';
import { BaseCommand } from './command.ts';
import { loadConfig } from './oclif-config.ts';
import { outputStream } from './output.ts';
import type { CommandLine } from './start.ts';

/** Runs what the arguments say. */
export async function dispatch(cli: CommandLine, argv: string[]): Promise<void> {
  if (argv.length === 0 || wantsHelp(argv)) {
    const config = await loadConfig(cli);
    const words = argv.filter((word) => word !== '--help' && word !== '-h');
    if (words.length > 0 && !words[0]?.startsWith('-')) requireCommand(cli, config, words);
    await showHelp(config, argv.length === 0 ? ['--help'] : argv);
    return;
  }
  const named = namedCommand(cli, argv);
  if (named !== undefined) {
    const config = await loadConfig(cli, named.id);
    await runCommand(config, config.findCommand(named.id, { must: true }), named.rest);
    return;
  }
  const config = await loadConfig(cli);
  const [id] = normalizeArgv(config, argv) as [string, ...string[]];
  if (config.findTopic(id) !== undefined) await showHelp(config, [id]);
  else throw unknownCommand(cli, config, argv);
}

/**
 * The command whose name a line begins with, and what is behind it: most lines ask for one, and need to know of no other.
 */
function namedCommand(
  { manifest, aliases }: CommandLine,
  argv: readonly string[],
): { id: string; rest: string[] } | undefined {
  for (let { length } = namesIn(argv); length > 0; length -= 1) {
    const words = argv.slice(0, length).join(':');
    const id = aliases[words] ?? words;
    if (Object.hasOwn(manifest.commands, id)) return { id, rest: argv.slice(length) };
  }
  return undefined;
}

async function runCommand(config: Config, command: Command.Loadable, argv: string[]): Promise<void> {
  const found = await command.load();
  const Ours = oursOf(found);
  if (Ours !== undefined) {
    await new Ours(argv, config).start();
    return;
  }
  outputStream();
  await config.runCommand(command.id, argv, command);
}

type OurCommand = new (argv: string[], config: Config) => BaseCommand;

/** Undefined for what a plugin has brought. */
function oursOf(command: Command.Class): OurCommand | undefined {
  return command.prototype instanceof BaseCommand ? (command as unknown as OurCommand) : undefined;
}

async function showHelp(config: Config, argv: string[]): Promise<void> {
  outputStream();
  await new Help(config, { all: false }).showHelp(argv);
}

function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  return before.includes('--help') || before.includes('-h');
}

/** @throws MpakError USAGE when the words name neither a command nor a topic */
function requireCommand(cli: CommandLine, config: Config, words: readonly string[]): void {
  const typed = namesIn(words).join(':');
  const isKnown = namedCommand(cli, words) !== undefined || config.topics.some(({ name }) => name === typed);
  if (!isKnown) throw unknownCommand(cli, config, words);
}

/** Those before the first flag. */
function namesIn(words: readonly string[]): readonly string[] {
  const end = words.findIndex((word) => word.startsWith('-'));
  return end === -1 ? words : words.slice(0, end);
}

/** With what was probably meant. */
function unknownCommand(cli: CommandLine, config: Config, words: readonly string[]): MpakError {
  const typed = namesIn(words);
  const topics = config.topics.map((topic) => topic.name);
  if (typed.length === 0) {
    return new MpakError('USAGE', `Which command is meant? ${words.join(' ')} belongs behind one.`, {
      hint: `\`${cli.bin} --help\` lists the commands.`,
    });
  }
  const commands = config.commands.filter((command) => !command.hidden).map((command) => command.id);
  // "bundle serch" is nearer to "bundle search" than its words by themselves are to anything.
  const length = topics.includes(typed[0] ?? '') ? 2 : 1;
  const name = typed.slice(0, length).join(' ');
  const guess = closest(typed.slice(0, length).join(':'), [...commands, ...topics]);
  return new MpakError('USAGE', `There is no command "${name}".`, {
    hint:
      guess === undefined
        ? `\`${cli.bin} --help\` lists the commands.`
        : `Did you mean \`${cli.bin} ${toConfiguredId(guess, config)}\`?`,
  });
}
