import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { plural } from '../../cli/format.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';

export default class BundleRemove extends BaseCommand {
  static override summary = 'Take a bundle off this machine: one version of it, or all.';
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
    const { args } = await this.parse(BundleRemove);
    const { name, version } = packageArgument(args.name);
    const cache = new BundleCache(mpakHome(process.env));
    const chosen = () =>
      cache.versionNames(name).filter((other) => version === undefined || other === version);
    if (chosen().length === 0) {
      throw new MpakError('NOT_FOUND', `${args.name} is not installed.`, {
        hint: '`mpak bundle list` shows what is.',
      });
    }
    const { removed, current } = await cache.change(name, async () => {
      const versions = chosen();
      cache.removeAll(name, versions);
      return { removed: versions, current: cache.current(name)?.version ?? null };
    });
    this.log(`Removed ${plural(removed.length, 'version')} of ${name}: ${removed.join(', ')}.`);
    if (current !== null) this.note(`${name} runs ${current}.`);
    return { name, removed, current };
  }
}
