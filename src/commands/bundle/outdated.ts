import { BaseCommand } from '../../cli/command.ts';
import { indexStore, registryFlag } from '../../cli/context.ts';
import { screenOf } from '../../cli/screen.ts';
import { staleness } from '../../cli/stale.ts';
import { tableLines } from '../../cli/table.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { findOutdated } from '../../lib/install/outdated.ts';

export default class BundleOutdated extends BaseCommand {
  static override summary =
    'List installed bundles that have a newer version, or are revoked: by the local index.';
  static override examples = ['<%= config.bin %> sync && <%= config.bin %> <%= command.id %>'];
  static override flags = { registry: registryFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(BundleOutdated);
    const store = indexStore(flags);
    const outdated = findOutdated(new BundleCache(mpakHome(process.env)), store);
    const old = staleness(store, Date.now());
    if (old !== undefined) this.note(old);
    const rows = outdated.map((row) => [
      row.name,
      row.current,
      row.latest ?? '-',
      row.revoked === null ? '-' : `revoked: ${row.revoked}`,
    ]);
    for (const line of tableLines(['NAME', 'RUNS', 'LATEST', 'STATE'], rows, screenOf(process.stdout)))
      this.log(line);
    if (rows.length === 0) this.note('Everything that is installed is the latest.');
    return { outdated };
  }
}
