import { Args, Flags } from '@oclif/core';
import { bundleLines } from '../../cli/bundle-list.ts';
import { BaseCommand } from '../../cli/command.ts';
import { indexStore, registryFlag } from '../../cli/context.ts';
import { plural } from '../../cli/format.ts';
import { outputScreen } from '../../cli/output.ts';
import { staleness } from '../../cli/stale.ts';
import { SERVER_TYPES, SORTS } from '../../lib/index/bundle-types.ts';
import { searchBundles } from '../../lib/index/search.ts';
import { longDeprecated } from '../../lib/index/search-filter.ts';

export default class BundleSearch extends BaseCommand {
  static override summary = 'Search the local index: offline, as you type.';
  static override description =
    'Finds packages by name, description, keywords, author and tools. The last word may be unfinished, and a typo in ' +
    'a longer word is forgiven when nothing else is found. No network is used. Without words, lists everything.';
  static override examples = [
    '<%= config.bin %> search postgres',
    '<%= config.bin %> search pdf --type node --limit 5',
    '<%= config.bin %> search --sort recent --json',
  ];
  static override aliases = ['search'];
  static override strict = false;
  static override args = {
    words: Args.string({ ignoreStdin: true, description: 'What to look for.', multiple: true }),
  };
  static override flags = {
    type: Flags.option({ options: SERVER_TYPES, description: 'Kind of server.' })(),
    certified: Flags.integer({ description: 'Certified at this level or above.', min: 1, max: 4 }),
    os: Flags.option({
      options: ['darwin', 'linux', 'win32', 'any'] as const,
      description: 'Runs on this system.',
    })(),
    arch: Flags.option({
      options: ['x64', 'arm64', 'any'] as const,
      description: 'Runs on this processor.',
    })(),
    sort: Flags.option({
      options: SORTS,
      description: 'Order. Default: relevance with words, downloads without.',
    })(),
    limit: Flags.integer({ description: 'Results to show.', default: 20, min: 1, max: 100 }),
    offset: Flags.integer({ description: 'Results to skip.', default: 0, min: 0 }),
    registry: registryFlag,
  };

  override async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(BundleSearch);
    const store = indexStore({ registry: flags.registry });
    const db = store.open();
    try {
      const q = argv.join(' ');
      const { type, certified, os, arch, sort, limit, offset } = flags;
      const page = searchBundles(db, {
        q,
        limit,
        offset,
        ...(type && { type }),
        ...(certified && { certified }),
        ...(os && { os }),
        ...(arch && { arch }),
        ...(sort && { sort }),
        ...longDeprecated(new Date()),
      });
      const old = staleness(store, Date.now());
      if (old !== undefined) this.note(old);
      const screen = outputScreen();
      this.logPage(bundleLines(page.bundles, screen, q));
      if (page.total === 0) {
        this.note(q === '' ? 'Nothing fits.' : `Nothing fits "${q}". Try fewer or other words.`);
      } else if (screen.isTTY) {
        const shown = page.bundles.length;
        this.note(`${shown} of ${plural(page.total, 'result')}.`);
      }
      return page;
    } finally {
      db.close();
    }
  }
}
