import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { plural } from '../../cli/format.ts';
import { Archives } from '../../lib/cache/archives.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { pruneCompileCache } from '../../lib/cache/compile-cache.ts';
import { LocalFiles } from '../../lib/cache/local.ts';
import { prune } from '../../lib/cache/prune.ts';
import { mpakHome } from '../../lib/config/home.ts';

export default class CachePrune extends BaseCommand {
  static override summary = 'Take versions off the disk that are not run any more.';
  static override description =
    'Also unpacked files of `run --local` that were not started, and archives that were not scanned, for 30 days. A server that has run for longer than ' +
    'that loses its files under it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --keep 0',
  ];
  static override flags = {
    keep: Flags.integer({
      description: 'Versions before the current one that stay, to roll back to.',
      default: 1,
      min: 0,
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(CachePrune);
    const home = mpakHome(process.env);
    const removed = await prune(new BundleCache(home), flags.keep);
    const local = await new LocalFiles(home).prune(new Date());
    const archives = new Archives(home).prune(new Date());
    pruneCompileCache(home, new Date());
    for (const { name, version } of removed) this.log(`${name} ${version}`);
    for (const sha256 of local) this.log(`local ${sha256}`);
    for (const sha256 of archives) this.log(`archive ${sha256}`);
    const files = local.length === 0 ? '' : `, and ${plural(local.length, 'local file')} not run for 30 days`;
    this.note(`Removed ${plural(removed.length, 'version')}${files}.`);
    return { removed: removed.map(({ name, version }) => ({ name, version })), local, archives };
  }
}
