import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { backUp } from '../backup.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';

export default class Backup extends BaseCommand {
  static override summary = 'Write the whole registry to one file, beside a running server.';
  static override description =
    'The file holds the log, the tables and the attestations of one moment; it is checked before it gets its name, ' +
    'and takes the place of no other file. `verify FILE` replays its log. Signing keys are not in it: copy signing-key*.json to another safe place.';
  static override examples = ['<%= config.bin %> <%= command.id %> registry-2026-11-24.db --data DIR'];
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'File to write.', required: true }),
  };
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Backup);
    const { size, root } = backUp(new DataFolder(flags.data), args.file);
    this.log(`${args.file} holds the ${size} log entries.`);
    this.log(`Root ${root}`);
    this.note('The signing keys are not in it: copy signing-key*.json to another safe place.');
    return { file: args.file, size, root };
  }
}
