import { BaseCommand } from '../../cli/command.ts';
import { plural } from '../../cli/format.ts';
import type { PackageName } from '../../lib/bundle/name.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { contentDigest, filesOnDisk } from '../../lib/cache/content.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';

export default class CacheVerify extends BaseCommand {
  static override summary = 'Compare every file of every installed bundle with what was installed.';
  static override description =
    'Compiled Python, .venv and uv.lock are left out: Python and uv write them beside the code that they run.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  override async run(): Promise<unknown> {
    await this.parse(CacheVerify);
    const cache = new BundleCache(mpakHome(process.env));
    const installed = cache
      .packages()
      .flatMap((name) => cache.versionNames(name).map((version) => ({ name, version })));
    const looks = installed.map((one) => ({ ...one, changed: changedOf(cache, one.name, one.version) }));
    const damaged = looks.filter(({ changed }) => changed !== undefined);
    const verified = looks
      .filter(({ changed }) => changed === undefined)
      .map(({ name, version }) => ({ name, version }));
    if (damaged.length === 0) {
      this.log(`${plural(installed.length, 'installed version')}: every file is as it was installed.`);
      return { verified, damaged };
    }
    const names = damaged.map(({ name, version }) => `${name}@${version}`);
    const error = new MpakError(
      'CACHE_DAMAGED',
      `Files were changed since they were installed: ${names.join(', ')}.`,
      {
        hint: 'Remove and install again: `mpak bundle remove NAME@VERSION`, `mpak bundle install NAME@VERSION`.',
      },
    );
    if (!this.jsonEnabled()) throw error;
    process.exitCode = error.exitStatus;
    return { verified, damaged, error: { code: error.code, message: error.message, hint: error.hint } };
  }
}

/** What was changed: its receipt, or its files, of which the receipt has one digest; undefined: nothing. */
function changedOf(cache: BundleCache, name: PackageName, version: string): 'receipt' | 'files' | undefined {
  try {
    const found = cache.find(name, version);
    const isSame = found === undefined || contentDigest(filesOnDisk(found.folder)) === found.receipt.content;
    return isSame ? undefined : 'files';
  } catch (error) {
    if (error instanceof MpakError && error.code === 'CACHE_DAMAGED') return 'receipt';
    throw error;
  }
}
