import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { indexStore, registryFlag } from '../../cli/context.ts';
import { outputScreen } from '../../cli/output.ts';
import { showLines } from '../../cli/package-page.ts';
import { staleness } from '../../cli/stale.ts';
import { describePackage } from '../../lib/index/describe.ts';

export default class BundleShow extends BaseCommand {
  static override summary = 'Show what a package is, who built it, and how it stands: offline.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres@1.2.0 --json',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'The package, and a version of it.',
      required: true,
    }),
  };
  static override flags = { registry: registryFlag };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleShow);
    const store = indexStore({ registry: flags.registry });
    const db = store.open();
    try {
      const description = describePackage(db, args.name);
      const old = staleness(store, Date.now());
      if (old !== undefined) this.note(old);
      for (const line of showLines(description, outputScreen())) this.log(line);
      const { detail, ...rest } = description;
      return { ...detail, ...rest };
    } finally {
      db.close();
    }
  }
}
