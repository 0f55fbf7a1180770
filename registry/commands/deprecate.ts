import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { MpakError } from '../../src/lib/errors.ts';
import type { DeprecateEntry } from '../../src/lib/log/entry.ts';
import { DataFolder } from '../data-folder.ts';
import { says } from '../deprecation.ts';
import { dataFlag, forceFlag, versionsFlag } from '../flags.ts';
import { appendStatement, requirePackageName, requireRange, requireVersions, whereSaid } from '../operate.ts';

export default class Deprecate extends BaseCommand {
  static override summary = 'Advise against versions of a package, or take that back.';
  static override description =
    'Clients warn. 90 days after its latest version was deprecated a package is left out of search, and after 180 ' +
    'days a deprecated version is not installed any more. An empty message takes a deprecation back.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/echo --versions "*" --message "Not maintained." --successor @acme/sound --data DIR',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Package: @scope/name.', required: true }),
  };
  static override flags = {
    data: dataFlag,
    versions: versionsFlag,
    message: Flags.string({ description: 'What users are told; empty takes it back.', required: true }),
    successor: Flags.string({ description: 'Package to use instead.', helpValue: 'NAME' }),
    force: forceFlag,
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Deprecate);
    const { message, force } = flags;
    const versions = requireRange(flags.versions);
    const name = requirePackageName(args.name);
    const successor = flags.successor === undefined ? undefined : requirePackageName(flags.successor);
    if (successor === name) throw new MpakError('USAGE', 'A package does not succeed itself.');
    const entry: DeprecateEntry = {
      kind: 'deprecate',
      package: name,
      versions,
      message,
      ...(successor === undefined ? {} : { successor }),
      at: new Date().toISOString(),
    };
    const appended = await appendStatement(new DataFolder(flags.data), {
      entry,
      check: (db) => {
        if (force) return;
        requireVersions(db, name, versions);
        if (successor !== undefined) requireVersions(db, successor, '*');
      },
      said: (db) => {
        if (!says(db, entry)) return undefined;
        return db
          .prepare<[string], number | null>('SELECT max(seq) FROM deprecations WHERE package = ?')
          .pluck()
          .get(name);
      },
    });
    this.log(
      message === ''
        ? `${name} ${versions} is deprecated no longer.`
        : `${name} ${versions} is deprecated: ${message}`,
    );
    this.log(whereSaid(appended));
    return appended;
  }
}
