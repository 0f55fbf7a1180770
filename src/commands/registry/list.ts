import { BaseCommand } from '../../cli/command.ts';
import { registryElsewhere } from '../../cli/context.ts';
import { outputScreen } from '../../cli/output.ts';
import { orderWarning, registryLines, registryRows } from '../../cli/registry-page.ts';

export default class RegistryList extends BaseCommand {
  static override summary = 'List the registries, in the order in which names are looked up.';
  static override description =
    'A name without a registry means the first of them that has it. Each has an index of its own on this machine.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  override async run(): Promise<unknown> {
    await this.parse(RegistryList);
    const rows = registryRows();
    this.logPage(registryLines(rows, Date.now(), outputScreen()));
    for (const { name, problem } of rows) if (problem !== null) this.note(`${name}: ${problem}`);
    for (const text of [orderWarning(rows), registryElsewhere()]) if (text !== undefined) this.note(text);
    return { registries: rows };
  }
}
