import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { REVOCATION_REASONS } from '../../src/lib/log/entry.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag, forceFlag, versionsFlag } from '../flags.ts';
import { appendStatement, requirePackageName, requireRange, requireVersions, whereSaid } from '../operate.ts';

export default class Revoke extends BaseCommand {
  static override summary = 'Revoke versions of a package, for good.';
  static override description =
    'With their next sync clients neither install nor run them. A range covers versions that are yet to come, too; no ' +
    'entry takes it back. A server on the same folder may keep running.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/echo --versions "<1.2.3" --reason vulnerable --data DIR',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Package: @scope/name.', required: true }),
  };
  static override flags = {
    data: dataFlag,
    versions: versionsFlag,
    reason: Flags.option({ description: 'Why.', options: REVOCATION_REASONS, required: true })(),
    force: forceFlag,
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Revoke);
    const { reason, force } = flags;
    const versions = requireRange(flags.versions);
    const name = requirePackageName(args.name);
    const at = new Date().toISOString();
    const appended = await appendStatement(new DataFolder(flags.data), {
      entry: { kind: 'revoke', package: name, versions, reason, at },
      check: (db) => {
        if (!force) requireVersions(db, name, versions);
      },
      said: (db) =>
        db
          .prepare<[string, string, string], number>(
            `SELECT seq FROM (SELECT * FROM revocations WHERE package = ? ORDER BY seq DESC LIMIT 1)
             WHERE versions = ? AND reason = ?`,
          )
          .pluck()
          .get(name, versions, reason),
    });
    this.log(`${name} ${versions} is revoked: ${reason}.`);
    this.log(whereSaid(appended));
    return appended;
  }
}
