import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { restore } from '../backup.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';

export default class Restore extends BaseCommand {
  static override summary = 'Make a data folder of a backup.';
  static override description =
    'The backup is verified first, and a folder that holds a registry is refused. Put the signing keys beside the ' +
    'database before `serve` starts. Entries that came after the backup are lost: clients that have seen them refuse ' +
    'the shorter log.';
  static override examples = ['<%= config.bin %> <%= command.id %> registry-2026-11-24.db --data NEW-DIR'];
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'File that `backup` wrote.', required: true }),
  };
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Restore);
    const data = new DataFolder(flags.data);
    const { size, root } = restore(data, args.file);
    this.log(`${data.path} holds the ${size} log entries, and every row agrees with them.`);
    this.log(`Root ${root}`);
    this.note('Copy signing-key*.json into it before it is served.');
    return { data: data.path, size, root };
  }
}
