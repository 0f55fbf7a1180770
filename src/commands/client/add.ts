import { Args, Flags } from '@oclif/core';
import { carryOutAll, planAdditions } from '../../cli/client-add.ts';
import { clientFlags, clientsMeant } from '../../cli/client-flags.ts';
import { changeLine, changeRow, diffLines, diffOf } from '../../cli/client-page.ts';
import { BaseCommand } from '../../cli/command.ts';
import { installFlags } from '../../cli/installer.ts';
import { packageNameArgument } from '../../cli/name-argument.ts';
import { outputScreen } from '../../cli/output.ts';

export default class ClientAdd extends BaseCommand {
  static override summary = 'Let AI clients start a bundle: write it into their files.';
  static override description =
    'Installs the bundle when it is not here, asks for the settings that it needs and keeps them in mpak, and writes an ' +
    'entry that starts `mpak run` into the file of each client. Everything else in the file stays as it is; what was ' +
    'there before is kept beside it. No secret is written into it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres --client claude-desktop --client cursor',
    '<%= config.bin %> <%= command.id %> @acme/postgres --client vscode --project --dry-run',
  ];
  static override args = {
    name: Args.string({ description: 'The package.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...clientFlags,
    as: Flags.string({ description: 'What the server is called there.', helpValue: 'NAME' }),
    ...installFlags,
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ClientAdd);
    const name = packageNameArgument(args.name);
    const clients = await clientsMeant(flags.client);
    const plan = () => planAdditions(name, clients, { project: flags.project, as: flags.as });
    // Whatever is refused is refused before anything is asked or installed.
    const planned = await plan();
    if (flags['dry-run']) {
      const diffs = planned.map(diffOf);
      this.logPage(diffs.flatMap((diff) => diffLines(diff, outputScreen())));
      for (const change of planned) if (!changeRow(change).changed) this.note(changeLine(change, 'add'));
      return {
        package: name,
        dry_run: true,
        changes: planned.map((change, index) => ({ ...changeRow(change), diff: diffs[index] })),
      };
    }
    const { makeReady } = await import('../../cli/client-ready.ts');
    await makeReady(name, flags, this.config.userAgent, (text) => this.note(text));
    const changes = await plan();
    await carryOutAll(changes, 'add', (line) => this.log(line));
    return { package: name, dry_run: false, changes: changes.map(changeRow) };
  }
}
