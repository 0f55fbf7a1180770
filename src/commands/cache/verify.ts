import { BaseCommand } from '../../cli/command.ts';
import { plural } from '../../cli/format.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { contentDigest, filesOnDisk } from '../../lib/cache/content.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';

export default class CacheVerify extends BaseCommand {
  static override summary = 'Compare every file of every installed bundle with what was installed.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  override async run(): Promise<unknown> {
    await this.parse(CacheVerify);
    const installed = new BundleCache(mpakHome(process.env)).list();
    const damaged = installed.filter(
      ({ folder, receipt }) => contentDigest(filesOnDisk(folder)) !== receipt.content,
    );
    if (damaged.length > 0) {
      const names = damaged.map(({ name, version }) => `${name}@${version}`);
      throw new MpakError(
        'CACHE_DAMAGED',
        `Files were changed since they were installed: ${names.join(', ')}.`,
        {
          hint: 'Remove and install again: `mpak bundle remove NAME@VERSION`, `mpak bundle install NAME@VERSION`.',
        },
      );
    }
    this.log(`${plural(installed.length, 'installed version')}: every file is as it was installed.`);
    return { verified: installed.map(({ name, version }) => ({ name, version })) };
  }
}
