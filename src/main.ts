/** The command line `mpak`. bin/mpak.cjs starts it after it has checked the version of Node. */
import path from 'node:path';
import manifest from '../oclif.manifest.json' with { type: 'json' };
import pkg from '../package.json' with { type: 'json' };
import { KEYCHAIN_WORD } from './cli/keychain-word.ts';
import { type CommandLine, type LoadCommand, startCli } from './cli/start.ts';
import { mpakHome } from './lib/config/home.ts';

const extension = path.extname(import.meta.url);

export const mpak: CommandLine = {
  bin: 'mpak',
  version: pkg.version,
  description: pkg.description,
  topics: {
    bundle: { description: 'Find, install, run and publish bundles of MCP servers.' },
    client: { description: 'The AI clients on this machine, and the bundles that they start.' },
    config: { description: 'Settings of mpak, and of the servers that it runs.' },
    index: { description: "The local copies of the registries' indexes." },
    registry: { description: 'The registries, and their order.' },
    vuln: { description: 'What is known of vulnerabilities.' },
  },
  manifest: manifest as unknown as CommandLine['manifest'],
  aliases: { run: 'bundle:run', search: 'bundle:search' },
  load: async (id) => {
    if (!id.startsWith('autocomplete')) return import(`./commands/${id.replaceAll(':', '/')}${extension}`);
    const { loadAutocomplete } = await import('./cli/autocomplete.ts');
    return loadAutocomplete(id);
  },
  cacheDir: path.join(mpakHome(process.env), 'cli'),
};

/** @param argv may be the one word that mpak says to itself @param load where the commands are, when they are not files beside this one */
export async function main(argv: readonly string[], load: LoadCommand = mpak.load): Promise<void> {
  if (argv[0] === KEYCHAIN_WORD) return (await import('./cli/keychain-command.ts')).serveKeychain();
  return startCli({ ...mpak, load }, argv);
}
