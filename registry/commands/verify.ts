import { BaseCommand } from '../../src/cli/command.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';
import { verifyRegistry } from '../verify.ts';

export default class Verify extends BaseCommand {
  static override summary = 'Replay the log and compare every row of the database with it.';
  static override examples = ['<%= config.bin %> <%= command.id %> --data DIR'];
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Verify);
    const db = new DataFolder(flags.data).openReadOnly();
    try {
      const { size, root, differences } = verifyRegistry(db);
      if (differences.length > 0) {
        throw new MpakError(
          'REPLAY_MISMATCH',
          `The database differs from a replay of its ${size} log entries:\n${differences.map((line) => `  ${line}`).join('\n')}`,
          {
            hint: 'The log is what counts: restore the database from a backup, and find out who changed it.',
          },
        );
      }
      this.log(`Every row agrees with a replay of the ${size} log entries.`);
      this.log(`Root ${root}`);
      return { size, root, differences };
    } finally {
      db.close();
    }
  }
}
