import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { registryRows } from '../../cli/registry-page.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { removeRegistry } from '../../lib/config/registry-list.ts';
import { updateConfig } from '../../lib/config/update.ts';

export default class RegistryRemove extends BaseCommand {
  static override summary = 'Take a registry off the list. What is installed from it stays, and runs.';
  static override description =
    'Its index stays on the disk too: it says what of the installed bundles is revoked, and which key the registry was ' +
    'pinned to, should it be added again.';
  static override examples = ['<%= config.bin %> <%= command.id %> acme'];
  static override args = {
    name: Args.string({ description: 'What it is called.', required: true, ignoreStdin: true }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(RegistryRemove);
    const removed = registryRows().find(({ name }) => name === args.name);
    await updateConfig(mpakHome(process.env), (json, config) => removeRegistry(json, config, args.name));
    this.log(`Removed ${args.name}.`);
    if (removed?.kind) this.note(`Its index stays in ${removed.folder}.`);
    return { name: args.name, url: removed?.url, folder: removed?.folder };
  }
}
