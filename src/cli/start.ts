/** Starts a command line: what is asked of every start and nothing else. The rest is loaded when there is more to do. */

import type { Command } from '@oclif/core';
import { onOutputError, print } from './output.ts';
import { reportError } from './report.ts';

export type LoadCommand = (id: string) => Promise<{ readonly default: Command.Class }>;

/** A command line: its name, where its commands are, and what is known of them without loading them. */
export interface CommandLine {
  /** The name of the binary. */
  readonly bin: string;
  readonly version: string;
  readonly description: string;
  readonly topics: Readonly<Record<string, { readonly description: string }>>;
  /** oclif's manifest: what each command takes, by id. scripts/manifest.ts writes it. */
  readonly manifest: { readonly commands: Readonly<Record<string, Command.Cached>> };
  /** Other names of commands, as the manifest has them too: what they mean, as ids. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Loads the module of a command, whose default export is its class. */
  readonly load: LoadCommand;
  /** A folder that oclif and its plugins may keep files in; undefined where they keep none. */
  readonly cacheDir: string | undefined;
}

/** Runs what the arguments say, prints errors, and sets the exit status of the process. */
export async function startCli(cli: CommandLine, argv: readonly string[]): Promise<void> {
  onOutputError((error) => reportError(error, { program: cli.bin, json: false }));
  try {
    if (argv[0] === '--version' || argv[0] === '-v') {
      print(`${userAgentOf(cli)}\n`);
      return;
    }
    const { dispatch } = await import('./dispatch.ts');
    await dispatch(cli, [...argv]);
  } catch (error) {
    reportError(error, { program: cli.bin, json: argv.includes('--json') });
  }
}

/** What a program calls itself: to servers, and for `--version`. */
export function userAgentOf({ bin, version }: Pick<CommandLine, 'bin' | 'version'>): string {
  return `${bin}/${version} ${process.platform}-${process.arch} node-${process.version}`;
}
