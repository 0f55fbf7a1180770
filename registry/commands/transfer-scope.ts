import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { ownerOf } from '../../src/lib/index/read-scope.ts';
import { DataFolder } from '../data-folder.ts';
import { accountIdFlag, dataFlag } from '../flags.ts';
import { appendStatement, requireScopeName } from '../operate.ts';

export default class TransferScope extends BaseCommand {
  static override summary = 'Hand a scope to another GitHub account.';
  static override description =
    'A scope belongs to the account that was first seen in it, by its numeric id. An account that was deleted and ' +
    'registered again has another id, and is refused until the scope is transferred. What was published before stays ' +
    'proven by the old account.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> acme --owner Acme --owner-id 4711 --reason "sold" --data DIR',
  ];
  static override args = {
    scope: Args.string({ ignoreStdin: true, description: 'Scope, with or without its @.', required: true }),
  };
  static override flags = {
    data: dataFlag,
    owner: Flags.string({ description: 'Login of the account.', helpValue: 'LOGIN', required: true }),
    'owner-id': accountIdFlag({
      description: 'Its numeric id: https://api.github.com/users/LOGIN.',
      required: true,
    }),
    reason: Flags.string({ description: 'Why, for people.', required: true }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(TransferScope);
    const { owner, 'owner-id': owner_id, reason } = flags;
    const scope = requireScopeName(args.scope);
    const appended = await appendStatement(new DataFolder(flags.data), {
      entry: { kind: 'transfer-scope', scope, owner, owner_id, reason, at: new Date().toISOString() },
      said: (db) => {
        const now = ownerOf(db, scope);
        if (now?.owner_id !== owner_id || now.owner !== owner) return undefined;
        return db.prepare<[string], number>('SELECT max(seq) FROM scopes WHERE scope = ?').pluck().get(scope);
      },
    });
    this.log(`The scope @${scope} belongs to ${owner}, account ${owner_id}.`);
    this.log(`Entry ${appended.seq} of the log${appended.status === 'unchanged' ? ' said so already' : ''}.`);
    return appended;
  }
}
