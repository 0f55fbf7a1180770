import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { ownerOf } from '../../src/lib/index/read-scope.ts';
import { DataFolder } from '../data-folder.ts';
import { accountIdFlag, dataFlag } from '../flags.ts';
import { appendStatement, requireScopeName, requireWords, whereSaid } from '../operate.ts';

export default class TransferScope extends BaseCommand {
  static override summary = 'Hand a scope to another GitHub account of the same login.';
  static override description =
    'A scope belongs to the account that was first seen in it, by its numeric id. An account that was deleted and ' +
    'registered again has another id, and is refused until the scope is transferred; the login is the scope. What was published before stays ' +
    'proven by the old account.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> acme --owner Acme --owner-id 4711 --reason "registered again" --data DIR',
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
    const { 'owner-id': owner_id } = flags;
    const owner = requireWords('owner', flags.owner);
    const reason = requireWords('reason', flags.reason);
    const scope = requireScopeName(args.scope);
    if (owner.toLowerCase() !== scope) {
      throw new MpakError('USAGE', `The scope @${scope} cannot belong to an account called ${owner}.`, {
        hint: 'A scope is the login of its account: nobody else could announce in it. Only the id may be another.',
      });
    }
    const appended = await appendStatement(new DataFolder(flags.data), {
      entry: { kind: 'transfer-scope', scope, owner, owner_id, reason, at: new Date().toISOString() },
      said: (db) => {
        const now = ownerOf(db, scope);
        if (now?.owner_id !== owner_id || now.owner !== owner) return undefined;
        return db.prepare<[string], number>('SELECT max(seq) FROM scopes WHERE scope = ?').pluck().get(scope);
      },
    });
    this.log(`The scope @${scope} belongs to ${owner}, account ${owner_id}.`);
    this.log(whereSaid(appended));
    return appended;
  }
}
