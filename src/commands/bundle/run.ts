import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import { runPackage, startServer } from '../../cli/runner.ts';
import { readConfig } from '../../lib/config/config.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { parseAssignments } from '../../lib/config/user-config.ts';
import { MpakError } from '../../lib/errors.ts';

export default class BundleRun extends BaseCommand {
  static override enableJsonFlag = false;
  static override summary = 'Run the server of a bundle; install it first when it is not here.';
  static override description =
    'stdout belongs to the server. What is installed runs without a network. On Linux and macOS this process becomes ' +
    'the server. A revoked version is not run. Once a day, seconds after the server has started, a newer ' +
    'version is looked for in the background (MPAK_NO_UPDATE_CHECK=1 turns that off).';
  static override examples = [
    '<%= config.bin %> run @acme/postgres',
    '<%= config.bin %> run @acme/postgres --set host=localhost -- --verbose',
    '<%= config.bin %> run --local ./postgres.mcpb',
  ];
  static override aliases = ['run'];
  static override strict = false;
  // oclif would take what is on stdin for a name that is missing, and stdin is the server's.
  static override args = {
    name: Args.string({ description: 'The package, and a version of it.', ignoreStdin: true }),
  };
  static override flags = {
    local: Flags.string({
      description: 'A bundle file of your own: nothing is proven about it.',
      helpValue: 'FILE',
    }),
    set: Flags.string({
      description: 'A setting for this run.',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    update: Flags.boolean({ description: 'Install the latest version first.' }),
    yes: Flags.boolean({ char: 'y', description: 'Agree to what is said before an installation.' }),
    'allow-unattested': Flags.boolean({
      description: 'Install what has no attestation, when it has to be installed.',
    }),
    registry: Flags.string({ description: 'Name or URL of the registry that is meant.', helpValue: 'NAME' }),
  };

  override async run(): Promise<void> {
    // Split here and not by the parser, which drops and reorders words that are there twice.
    const end = this.argv.includes('--') ? this.argv.indexOf('--') : this.argv.length;
    const forServer = this.argv.slice(end + 1);
    const { argv, flags } = await this.parse(BundleRun, this.argv.slice(0, end));
    const values = settingsOf(flags.set ?? []);
    const { userAgent } = this.config;
    if (flags.local !== undefined) {
      const { unpackLocal } = await import('../../cli/local-bundle.ts');
      const { refuseUnjudged } = await import('../../lib/install/minimum-level.ts');
      refuseUnjudged(flags.local, readConfig(mpakHome(process.env)).policy?.minimumLevel);
      const { folder } = await unpackLocal(flags.local);
      // Whatever it calls itself: settings that are kept are for packages that were proven.
      await startServer(undefined, folder, {
        values,
        args: [...(argv as string[]), ...forServer],
        stored: {},
      });
      return;
    }
    const [name, ...args] = argv as string[];
    if (name === undefined) {
      throw new MpakError('USAGE', 'Which package is to be run?', { hint: '`mpak run @scope/name`.' });
    }
    await runPackage(packageArgument(name), {
      flags: { ...flags, registry: flags.registry },
      values,
      args: [...args, ...forServer],
      userAgent,
    });
  }
}

/** @throws MpakError USAGE */
function settingsOf(words: readonly string[]): Record<string, string | string[]> {
  const assignments = parseAssignments(words, 'Give it as key=value.');
  for (const [key, value] of assignments) {
    if (![value].flat().includes('-')) continue;
    throw new MpakError(
      'USAGE',
      `The value of "${key}" cannot be read here: standard input is the server's.`,
      {
        hint: `Keep it with \`mpak config set @scope/name ${key}=-\`, or set the variable that the server takes it from.`,
      },
    );
  }
  return Object.fromEntries(assignments);
}
