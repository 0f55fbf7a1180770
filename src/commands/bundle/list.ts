import { BaseCommand } from '../../cli/command.ts';
import { installedRow } from '../../cli/installed-list.ts';
import { outputScreen } from '../../cli/output.ts';
import { tableLines } from '../../cli/table.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';

export default class BundleList extends BaseCommand {
  static override summary = 'List the bundles that are installed, and those whose receipt is damaged.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  override async run(): Promise<unknown> {
    await this.parse(BundleList);
    const cache = new BundleCache(mpakHome(process.env));
    const rows = cache.list().map((installed) => installedRow(cache, installed));
    const cells = rows.map((row) => [
      row.name,
      row.version,
      row.current ? 'current' : '-',
      row.platform,
      `${row.attested ? 'attested' : 'UNATTESTED'}${row.signed ? '' : ', UNSIGNED index'}`,
      row.installed_at.slice(0, 10),
    ]);
    const damaged = cache.damaged().map(({ name, version, folder, error }) => {
      const current = cache.current(name)?.version === version;
      return { name, version, current, folder, message: error.message, hint: error.hint ?? null };
    });
    for (const { name, version, current } of damaged)
      cells.push([name, version, current ? 'current' : '-', '-', 'DAMAGED', '-']);
    const header = ['NAME', 'VERSION', 'RUNS', 'PLATFORM', 'PROVENANCE', 'INSTALLED'];
    for (const line of tableLines(header, cells, outputScreen())) this.log(line);
    for (const { message, hint } of damaged) this.note(`${message} ${hint ?? ''}`);
    if (cells.length === 0) this.note('Nothing is installed.');
    return { installed: rows, damaged };
  }
}
