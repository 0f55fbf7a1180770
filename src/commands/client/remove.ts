import { Args } from '@oclif/core';
import { carryOutAll } from '../../cli/client-add.ts';
import { clientFlags, clientsMeant } from '../../cli/client-flags.ts';
import { changeRow, diffLines, diffOf } from '../../cli/client-page.ts';
import { placeOf } from '../../cli/client-table.ts';
import { BaseCommand } from '../../cli/command.ts';
import { packageNameArgument } from '../../cli/name-argument.ts';
import { outputScreen } from '../../cli/output.ts';
import { type Change, planRemove } from '../../lib/clients/change.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';

export default class ClientRemove extends BaseCommand {
  static override summary = 'Take a bundle out of the files of AI clients.';
  static override description =
    'Takes out the entries that start `mpak run` of that package, and nothing else. The bundle stays installed, and its ' +
    'settings stay too.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres --client cursor',
    '<%= config.bin %> <%= command.id %> @acme/postgres --client vscode --project',
  ];
  static override args = {
    name: Args.string({ description: 'The package.', required: true, ignoreStdin: true }),
  };
  static override flags = clientFlags;

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ClientRemove);
    const name = packageNameArgument(args.name);
    const home = mpakHome(process.env);
    const planned: Change[] = [];
    for (const client of await clientsMeant(flags.client)) {
      const change = await planRemove(client, placeOf(client, flags), { package: name, home });
      if (change.names.length === 0) {
        throw new MpakError('NOT_FOUND', `${client.name} does not start ${name}: ${change.place.file}.`, {
          hint: '`mpak client list` shows what clients start.',
        });
      }
      planned.push(change);
    }
    const diffs = planned.map(diffOf);
    if (flags['dry-run']) {
      this.logPage(diffs.flatMap((diff) => diffLines(diff, outputScreen())));
      return {
        package: name,
        dry_run: true,
        changes: planned.map((change, index) => ({ ...changeRow(change), diff: diffs[index] })),
      };
    }
    await carryOutAll(planned, 'remove', (line) => this.log(line));
    return { package: name, dry_run: false, changes: planned.map(changeRow) };
  }
}
