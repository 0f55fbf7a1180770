import { styleText } from 'node:util';
import { BaseCommand } from '../../cli/command.ts';
import { indexStore, registryFlag } from '../../cli/context.ts';
import { age, bytes, grouped } from '../../cli/format.ts';
import { indexStatus } from '../../lib/sync/status.ts';

export default class IndexStatus extends BaseCommand {
  static override summary = 'Say how current the local index is, and whose.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { registry: registryFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(IndexStatus);
    const status = await indexStatus(indexStore({ registry: flags.registry }));
    const rows: [string, string][] = [
      ['registry', status.registry],
      ['log', status.origin],
      ['size', `${grouped(status.size)} entries`],
      ['root', status.root],
      ['synced', `${status.synced_at} (${age(Date.now() - Date.parse(status.synced_at))} ago)`],
      ['key', status.key],
      ['packages', grouped(status.packages)],
      ['file', `${status.file} (${bytes(status.bytes)})`],
    ];
    for (const [name, value] of rows) this.log(`${styleText('bold', name.padEnd(10))}${value}`);
    return status;
  }
}
