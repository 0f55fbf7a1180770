import { Flags } from '@oclif/core';
import { clientLaunch } from '../../cli/client-launch.ts';
import { chooseClients, clientTable } from '../../cli/client-table.ts';
import { BaseCommand } from '../../cli/command.ts';
import { findingLines } from '../../cli/finding-lines.ts';
import { interruptible } from '../../cli/interruptible.ts';
import { keychainReach } from '../../cli/keychain-command.ts';
import { outputScreen } from '../../cli/output.ts';
import { checkClients } from '../../lib/clients/check.ts';
import { ANSWER_MS } from '../../lib/doctor.ts';

export default class ClientCheck extends BaseCommand {
  static override summary = 'See whether what AI clients start does start. Changes nothing.';
  static override description =
    'For each entry of mpak\u2019s: the program is there, the bundle is installed, not revoked and has its settings, and the ' +
    'server answers when it is started as the client starts it, without the environment of a shell. Ends with status 1 ' +
    'when something fails. `mpak doctor` does the same among other things.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --client cursor --json',
  ];
  static override flags = {
    client: Flags.string({
      description: 'Only this client; may be given several times.',
      helpValue: 'CLIENT',
      multiple: true,
      multipleNonGreedy: true,
    }),
    project: Flags.boolean({
      description:
        'The files of the project in this folder too; only what mpak would write there is started.',
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(ClientCheck);
    const table = await clientTable(process.cwd());
    const clients = flags.client === undefined ? table : chooseClients(table, flags.client);
    const { env: environment, platform } = process;
    const findings = await interruptible((signal) =>
      checkClients({
        clients,
        project: flags.project ? { expected: clientLaunch } : undefined,
        environment,
        platform,
        limitMs: ANSWER_MS,
        keychain: keychainReach(),
        signal,
      }),
    );
    this.logPage(findingLines(findings, outputScreen()));
    if (findings.length === 0)
      this.note('No client starts a bundle yet: `mpak client add @scope/name --client CLIENT`.');
    if (findings.some(({ state }) => state === 'fail')) process.exitCode = 1;
    return { findings };
  }
}
