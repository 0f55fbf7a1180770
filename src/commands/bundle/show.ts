import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { registryFlag, registryIndexes } from '../../cli/context.ts';
import { outputScreen } from '../../cli/output.ts';
import { packageIndex } from '../../cli/package-index.ts';
import { showLines } from '../../cli/package-page.ts';
import { staleness, unsignedNote } from '../../cli/stale.ts';
import { ensureDetails } from '../../cli/unsigned.ts';
import { parsePackageReference } from '../../lib/bundle/name.ts';
import { type ErrorCode, MpakError } from '../../lib/errors.ts';
import type { OtherPackage } from '../../lib/index/crawled-types.ts';
import { describePackage } from '../../lib/index/describe.ts';
import { crawledStanding } from '../../lib/index/read-crawled.ts';
import { sourceOf } from '../../lib/index/read-source.ts';
import { runCommand } from '../../lib/index/run-command.ts';
import type { IndexStore } from '../../lib/sync/store.ts';

/** Its registry does not say more just now: what is here is shown. */
const UNASKED: ReadonlySet<ErrorCode> = new Set(['DETAILS_MISSING', 'REGISTRY_BUSY']);

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
    const offline = await this.#learn(store, args.name);
    const db = store.open();
    try {
      const description = describePackage(db, args.name);
      const source = sourceOf(db);
      if (source !== 'signed') this.note(unsignedNote([name]));
      const old = staleness(db, store, Date.now());
      if (old !== undefined) this.note(old);
      const crawled = crawledStanding(db, description.detail.name);
      if (crawled !== undefined && offline !== undefined) this.note(offline);
      for (const line of showLines(description, outputScreen(), crawled)) this.log(line);
      const { detail, ...rest } = description;
      const { original = null, elsewhere = [] } = crawled ?? {};
      const unsigned = crawled && { original, elsewhere: elsewhere.map(withCommand) };
      return {
        ...detail,
        ...rest,
        registry: { name, url: store.label, source },
        signed: source === 'signed',
        ...unsigned,
      };
    } finally {
      db.close();
    }
  }

  /** @returns what to say when not all is known that could be, and nobody can be asked */
  async #learn(store: IndexStore, reference: string): Promise<string | undefined> {
    try {
      await ensureDetails(store, reference, this.config.userAgent, { all: true });
      return undefined;
    } catch (error) {
      if (error instanceof MpakError && UNASKED.has(error.code)) return error.message;
      throw error;
    }
  }
}

function withCommand(other: OtherPackage): OtherPackage & { readonly command: string } {
  return { ...other, command: runCommand(other) };
}
