import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { registryFlag, registryIndexes } from '../../cli/context.ts';
import { outputScreen } from '../../cli/output.ts';
import { packageIndex } from '../../cli/package-index.ts';
import { showLines } from '../../cli/package-page.ts';
import { staleness, unsignedNote } from '../../cli/stale.ts';
import { parsePackageReference } from '../../lib/bundle/name.ts';
import { describePackage } from '../../lib/index/describe.ts';
import { sourceOf } from '../../lib/index/read-source.ts';

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
    const reference = parsePackageReference(args.name);
    // What is no name is told where it is described.
    const { name, store } =
      reference === undefined
        ? registryIndexes(flags)[0]
        : packageIndex(flags, reference.name, (text) => this.note(text));
    const db = store.open();
    try {
      const description = describePackage(db, args.name);
      const source = sourceOf(db);
      if (source !== 'signed') this.note(unsignedNote([name]));
      const old = staleness(store, Date.now());
      if (old !== undefined) this.note(old);
      for (const line of showLines(description, outputScreen())) this.log(line);
      const { detail, ...rest } = description;
      return { ...detail, ...rest, registry: { name, url: store.label, source } };
    } finally {
      db.close();
    }
  }
}
