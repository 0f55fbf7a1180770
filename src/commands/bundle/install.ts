import { Args, Flags } from '@oclif/core';
import type { ChangeRow } from '../../cli/client-page.ts';
import { BaseCommand } from '../../cli/command.ts';
import { installedRow } from '../../cli/installed-list.ts';
import { installFlags, installPackage } from '../../cli/installer.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import type { PackageName } from '../../lib/bundle/name.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';

export default class BundleInstall extends BaseCommand {
  static override summary = 'Install a bundle: verify who built it, then unpack it.';
  static override description =
    'Takes the version from the local index, verifies its attestation, says what it is and asks on a terminal, ' +
    'downloads it, compares its digest with the signed log, checks the archive, and unpacks it in one step. Without ' +
    'a valid attestation nothing is unpacked. On a terminal it then offers to add the bundle to the AI clients on ' +
    'this machine.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres@^1.2 --yes',
    '<%= config.bin %> <%= command.id %> @acme/postgres --client cursor',
  ];
  static override args = {
    name: Args.string({
      description: 'The package; a version, a range or "latest" behind another @.',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...installFlags,
    client: Flags.string({
      description:
        'Add it to this AI client too; may be given several times. `mpak client list` shows which.',
      helpValue: 'CLIENT',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleInstall);
    if (flags.client !== undefined) {
      // Whatever is refused is refused before anything is installed.
      const { namedClients } = await import('../../cli/client-offer.ts');
      await namedClients(packageArgument(args.name).name, flags.client);
    }
    const { installed, action } = await installPackage(args.name, flags, this.config.userAgent);
    const { name, version, folder } = installed;
    const done = { none: 'is installed already', switched: 'runs again', installed: 'is installed' }[action];
    this.log(`${name} ${version} ${done}: ${folder}`);
    const clients = await this.#clients(name, flags, action !== 'none');
    return { action, ...installedRow(new BundleCache(mpakHome(process.env)), installed), ...clients };
  }

  /** `--yes` agrees to what is said beforehand: nothing is asked. */
  async #clients(
    name: PackageName,
    { client: ids, yes }: { readonly client: string[] | undefined; readonly yes: boolean },
    isNew: boolean,
  ): Promise<{ clients?: readonly ChangeRow[] }> {
    const isAsked = isNew && !yes && process.stdin.isTTY === true && !this.jsonEnabled();
    if (ids === undefined && !isAsked) return {};
    const { addToClients, namedClients, offerClients } = await import('../../cli/client-offer.ts');
    const say = (line: string) => this.note(line);
    const clients =
      ids === undefined
        ? await offerClients(name, say)
        : await addToClients(name, await namedClients(name, ids), say);
    return { clients };
  }
}
