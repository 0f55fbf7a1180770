import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { orderWarning, registryRows } from '../../cli/registry-page.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { putFirst } from '../../lib/config/registry-list.ts';
import { updateConfig } from '../../lib/config/update.ts';

export default class RegistryDefault extends BaseCommand {
  static override summary = 'Put a registry before all others: names are looked up there first.';
  static override description = 'Publishing goes there too, where no other is named.';
  static override examples = ['<%= config.bin %> <%= command.id %> acme'];
  static override args = {
    name: Args.string({ description: 'What it is called.', required: true, ignoreStdin: true }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(RegistryDefault);
    await updateConfig(mpakHome(process.env), (json, config) => putFirst(json, config, args.name));
    this.log(`${args.name} comes first.`);
    const rows = registryRows();
    const warning = orderWarning(rows);
    if (warning !== undefined) this.note(warning);
    return { registries: rows.map(({ name, url }) => ({ name, url })) };
  }
}
