import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { plural } from '../../cli/format.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { prune } from '../../lib/cache/prune.ts';
import { mpakHome } from '../../lib/config/home.ts';

export default class CachePrune extends BaseCommand {
  static override summary = 'Take versions off the disk that are not run any more.';
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
    const removed = await prune(new BundleCache(mpakHome(process.env)), flags.keep);
    for (const { name, version } of removed) this.log(`${name} ${version}`);
    this.note(`Removed ${plural(removed.length, 'version')}.`);
    return { removed: removed.map(({ name, version }) => ({ name, version })) };
  }
}
