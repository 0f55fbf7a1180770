import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { reservationOf } from '../../src/lib/index/read-scope.ts';
import { DataFolder } from '../data-folder.ts';
import { accountIdFlag, dataFlag } from '../flags.ts';
import { appendStatement, requireScopeName } from '../operate.ts';

export default class Reserve extends BaseCommand {
  static override summary = 'Keep a scope from others, or free it again.';
  static override description =
    'Only the account of --owner-id may announce in it; without, nobody may. What is published there stays.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> acme --owner-id 4711 --reason "a trade mark" --data DIR',
    '<%= config.bin %> <%= command.id %> acme --lift --reason "given up" --data DIR',
  ];
  static override args = {
    scope: Args.string({ ignoreStdin: true, description: 'Scope, with or without its @.', required: true }),
  };
  static override flags = {
    data: dataFlag,
    'owner-id': accountIdFlag({ description: 'Numeric id of the one account that may announce in it.' }),
    reason: Flags.string({ description: 'Why, for people: who is refused is told.', required: true }),
    lift: Flags.boolean({ description: 'It is reserved no longer.', exclusive: ['owner-id'] }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Reserve);
    const { reason, lift } = flags;
    const owner_id = flags['owner-id'] ?? null;
    const scope = requireScopeName(args.scope);
    const at = new Date().toISOString();
    const appended = await appendStatement(new DataFolder(flags.data), {
      entry: { kind: 'reserve', scope, reserved: !lift, owner_id, reason, at },
      check: (db) => {
        if (!lift || reservationOf(db, scope) !== undefined) return;
        throw new MpakError('NOT_FOUND', `The log reserves no scope @${scope}.`, {
          hint: 'A scope out of the file of --reserved-scopes is freed there.',
        });
      },
    });
    this.log(
      lift
        ? `The scope @${scope} is reserved no longer.`
        : `The scope @${scope} is reserved for ${owner_id === null ? 'nobody' : `account ${owner_id}`}.`,
    );
    this.log(`Entry ${appended.seq} of the log.`);
    return appended;
  }
}
