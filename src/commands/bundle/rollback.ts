import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { readConfig } from '../../lib/config/config.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { rollback } from '../../lib/install/rollback.ts';

export default class BundleRollback extends BaseCommand {
  static override summary = 'Run the version before this one again, or another that is installed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres@1.2.0',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'The package, and a version of it.',
      required: true,
    }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(BundleRollback);
    const { name, version } = packageArgument(args.name);
    const home = mpakHome(process.env);
    const minimumLevel = readConfig(home).policy?.minimumLevel;
    const result = await rollback(new BundleCache(home), name, version, minimumLevel);
    const { from, to } = result;
    this.log(
      from === to ? `${name} runs ${to} already.` : `${name} runs ${to} again, and no longer ${from}.`,
    );
    return { name, ...result };
  }
}
