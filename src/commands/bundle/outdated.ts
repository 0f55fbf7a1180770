import type Database from 'better-sqlite3';
import { BaseCommand } from '../../cli/command.ts';
import { namedRegistry, originFlag } from '../../cli/context.ts';
import { outputScreen } from '../../cli/output.ts';
import { staleness } from '../../cli/stale.ts';
import { tableLines } from '../../cli/table.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';
import { askIndex, originOf } from '../../lib/install/origin.ts';
import { findOutdated, type Outdated } from '../../lib/install/outdated.ts';
import { printableLine } from '../../lib/printable.ts';
import type { IndexStore } from '../../lib/sync/store.ts';

export default class BundleOutdated extends BaseCommand {
  static override summary =
    'List installed bundles that have a newer version, or are revoked: by the local index.';
  static override examples = ['<%= config.bin %> sync && <%= config.bin %> <%= command.id %>'];
  static override flags = { registry: originFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(BundleOutdated);
    const cache = new BundleCache(mpakHome(process.env));
    const registry = namedRegistry(flags.registry);
    const { outdated, unknown } = findOutdated(cache, registry);
    for (const old of this.#staleness(cache, registry)) this.note(old);
    const rows = outdated.map((row) => [row.name, row.current, row.latest ?? '-', stateOf(row)]);
    for (const line of tableLines(['NAME', 'RUNS', 'LATEST', 'STATE'], rows, outputScreen())) this.log(line);
    const failed = unknown.map(({ name, version, error }) => {
      this.note(`Nothing is known of ${name}: ${error.message} ${error.hint ?? ''}`);
      process.exitCode ??= error.exitStatus;
      return { name, version, code: error.code, message: error.message };
    });
    if (rows.length + failed.length === 0) this.note('Everything that is installed is the latest.');
    return { outdated, failed };
  }

  /** Of each registry that something came from. */
  #staleness(cache: BundleCache, registry: string | undefined): Set<string> {
    const installed = cache
      .list()
      .filter(({ receipt }) => registry === undefined || receipt.registry === registry);
    const stores = new Map(installed.map((one) => [one.receipt.registry, originOf(cache, one)]));
    const old = [...stores.values()]
      // What has no index, or none that can be read, is told of where it is asked.
      .map((store) => ifReadable(store, (db) => staleness(db, store, Date.now())));
    return new Set(old.filter((line) => line !== undefined));
  }
}

function ifReadable<T>(store: IndexStore, ask: (db: Database.Database) => T): T | undefined {
  try {
    return askIndex(store, ask);
  } catch (error) {
    if (error instanceof MpakError) return undefined;
    throw error;
  }
}

function stateOf({ revoked, yanked }: Outdated): string {
  if (revoked !== null) return `revoked: ${revoked}`;
  return yanked === null ? '-' : printableLine(`taken back: ${yanked}`);
}
