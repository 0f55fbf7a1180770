import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';

export default class CachePath extends BaseCommand {
  static override summary = 'Print where bundles are kept, or the folder of one.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> @acme/postgres',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'An installed package, and a version of it.' }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(CachePath);
    const cache = new BundleCache(mpakHome(process.env));
    if (args.name === undefined) {
      this.log(cache.root);
      return { path: cache.root };
    }
    const { name, version } = packageArgument(args.name);
    const installed = version === undefined ? cache.findCurrent(name) : cache.find(name, version);
    if (installed === undefined) {
      throw new MpakError('NOT_FOUND', `${args.name} is not installed.`, {
        hint: '`mpak bundle list` shows what is.',
      });
    }
    this.log(installed.folder);
    return { path: installed.folder };
  }
}
