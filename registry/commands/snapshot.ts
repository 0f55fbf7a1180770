import { BaseCommand } from '../../src/cli/command.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';
import { makeSnapshot } from '../make-snapshot.ts';

export default class Snapshot extends BaseCommand {
  static override summary = 'Make a snapshot of the index now.';
  static override description =
    'A server does this by itself when enough has changed. The newest two are kept, and a running server names the ' +
    'newest in its next checkpoint.';
  static override examples = ['<%= config.bin %> <%= command.id %> --data DIR'];
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Snapshot);
    const { name, size, sha256, bytes } = await makeSnapshot(new DataFolder(flags.data));
    this.log(name);
    return { name, size, sha256, bytes };
  }
}
