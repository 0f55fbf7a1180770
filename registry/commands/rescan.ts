import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { parsePackageReference } from '../../src/lib/bundle/name.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';
import { OPERATOR_PATIENCE_MS } from '../limits.ts';
import { enqueueRescans, queueLength } from '../scans/queue.ts';
import { writeTransaction } from '../write.ts';

export default class Rescan extends BaseCommand {
  static override summary = 'Have bundles scanned again: after an update of mpak, or of vulnerability data.';
  static override description =
    'Puts them into the queue, behind what was never scanned. A server on the same folder, running or to be started, ' +
    'scans them. Where the result is what the log says already, the log gets no entry. What was imported or revoked is ' +
    'passed over.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/echo@1.0.0 --data DIR',
    '<%= config.bin %> <%= command.id %> --all --data DIR',
  ];
  static override args = {
    package: Args.string({
      ignoreStdin: true,
      description: 'Package, or a version of it: @scope/name@1.0.0.',
    }),
  };
  static override flags = {
    data: dataFlag,
    all: Flags.boolean({ description: 'Every bundle that was announced.', default: false }),
  };

  override async run(): Promise<{ readonly enqueued: number; readonly queue: number }> {
    const { args, flags } = await this.parse(Rescan);
    const { name, version } = wanted(args.package, flags.all);
    const data = new DataFolder(flags.data);
    data.require();
    const db = data.open();
    try {
      const enqueue = () => enqueueRescans(db, name, version, new Date());
      const enqueued = await writeTransaction(db, enqueue, OPERATOR_PATIENCE_MS);
      if (enqueued === 0 && name !== undefined) {
        const what = version === undefined ? name : `${name} ${version}`;
        throw new MpakError('NOT_FOUND', `Nothing of ${what} was announced, or all of it is revoked.`);
      }
      const queue = queueLength(db);
      this.log(`${enqueued} to scan again; ${queue} in the queue.`);
      return { enqueued, queue };
    } finally {
      db.close();
    }
  }
}

/** @throws MpakError USAGE */
function wanted(text: string | undefined, all: boolean): { name?: string; version?: string | undefined } {
  if ((text === undefined) === !all) {
    throw new MpakError('USAGE', all ? 'There is a package beside --all.' : 'Nothing says what to scan.', {
      hint: 'Name a package, a version of it such as @scope/name@1.0.0, or --all.',
    });
  }
  if (text === undefined) return {};
  const reference = parsePackageReference(text);
  if (reference !== undefined) return reference;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not the name of a package.`, {
    hint: 'A name looks like @scope/name, and @scope/name@1.0.0 with a version.',
  });
}
