/** The command line `mpak-registry`. bin/mpak-registry.cjs starts it after it has checked the version of Node. */
import path from 'node:path';
import pkg from '../package.json' with { type: 'json' };
import { type CommandLine, type LoadCommand, startCli } from '../src/cli/start.ts';
import manifest from './oclif.manifest.json' with { type: 'json' };

const extension = path.extname(import.meta.url);

export const mpakRegistry: CommandLine = {
  bin: 'mpak-registry',
  version: pkg.version,
  description: 'Run a registry of mpak: one process, one folder, nothing else to install.',
  topics: {},
  manifest: manifest as unknown as CommandLine['manifest'],
  aliases: {},
  load: (id) => import(`./commands/${id}${extension}`),
  cacheDir: undefined,
};

/** @param load where the commands are, when they are not files beside this one */
export function main(argv: readonly string[], load: LoadCommand = mpakRegistry.load): Promise<void> {
  return startCli({ ...mpakRegistry, load }, argv);
}
