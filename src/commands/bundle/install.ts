import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { installedRow } from '../../cli/installed-list.ts';
import { installFlags, installPackage } from '../../cli/installer.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';

export default class BundleInstall extends BaseCommand {
  static override summary = 'Install a bundle: verify who built it, then unpack it.';
  static override description =
    'Takes the version from the local index, verifies its attestation, says what it is and asks on a terminal, ' +
    'downloads it, compares its digest with the signed log, checks the archive, and unpacks it in one step. Without ' +
    'a valid attestation nothing is unpacked.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres@^1.2 --yes',
  ];
  static override args = {
    name: Args.string({
      description: 'The package; a version, a range or "latest" behind another @.',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = installFlags;

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleInstall);
    const { installed, action } = await installPackage(args.name, flags, this.config.userAgent);
    const { name, version, folder } = installed;
    const done = { none: 'is installed already', switched: 'runs again', installed: 'is installed' }[action];
    this.log(`${name} ${version} ${done}: ${folder}`);
    return { action, ...installedRow(new BundleCache(mpakHome(process.env)), installed) };
  }
}
