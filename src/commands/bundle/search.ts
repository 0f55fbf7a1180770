import { Args, Flags } from '@oclif/core';
import { bundleLines } from '../../cli/bundle-list.ts';
import { BaseCommand } from '../../cli/command.ts';
import { type RegistryIndex, registryFlag, registryIndexes } from '../../cli/context.ts';
import { plural } from '../../cli/format.ts';
import { outputScreen } from '../../cli/output.ts';
import { staleness, unsignedNote } from '../../cli/stale.ts';
import { type BundlePage, SERVER_TYPES, type SearchQuery, SORTS } from '../../lib/index/bundle-types.ts';
import type { OriginPage } from '../../lib/index/merged-search.ts';
import { sourceOf } from '../../lib/index/read-source.ts';
import { searchBundles } from '../../lib/index/search.ts';
import { longDeprecated } from '../../lib/index/search-filter.ts';

export default class BundleSearch extends BaseCommand {
  static override summary = 'Search the local indexes: offline, as you type.';
  static override description =
    'Finds packages by name, description, keywords, author and tools. The last word may be unfinished, and a typo in ' +
    'a longer word is forgiven when nothing else is found. No network is used. Without words, lists everything. With several registries, ' +
    'all are searched as one, and a name that several have is listed once, as the first one of them has it.';
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
    'all-types': Flags.boolean({
      description: 'Also what is no bundle, with the command that runs it: npm, PyPI and OCI packages.',
    }),
    registry: registryFlag,
  };

  override async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(BundleSearch);
    const q = argv.join(' ');
    const { type, certified, os, arch, sort, limit, offset } = flags;
    const query: SearchQuery = {
      q,
      limit,
      offset,
      ...(type && { type }),
      ...(certified && { certified }),
      ...(os && { os }),
      ...(arch && { arch }),
      ...(sort && { sort }),
      ...(flags['all-types'] && { allTypes: true }),
      ...longDeprecated(new Date()),
    };
    const [only, ...others] = registryIndexes(flags);
    if (others.length > 0) return this.#searchAll([only, ...others], query);
    const { name, store } = only;
    const db = store.open();
    try {
      const found = searchBundles(db, query);
      const page = flags['all-types']
        ? (await import('../../lib/index/read-crawled.ts')).withCommands(found, () => db)
        : found;
      if (sourceOf(db) !== 'signed') this.note(unsignedNote([name]));
      const old = staleness(db, store, Date.now());
      if (old !== undefined) this.note(old);
      this.#print(page, q);
      return page;
    } finally {
      db.close();
    }
  }

  /** Over the indexes of several registries. One that cannot be read does not keep the others from answering. */
  async #searchAll(indexes: readonly RegistryIndex[], query: SearchQuery): Promise<OriginPage> {
    // With one registry alone, nothing of this is loaded.
    const { openReadable, originText } = await import('../../cli/merged-indexes.ts');
    const { searchIndexes } = await import('../../lib/index/merged-search.ts');
    const opened = openReadable(indexes, (text) => this.note(text));
    try {
      const found = searchIndexes(opened, query);
      const page = query.allTypes
        ? (await import('../../lib/index/read-crawled.ts')).withCommands(found, ({ registry }) => {
            const { db } = opened.find(({ name }) => name === registry) as (typeof opened)[number];
            return db;
          })
        : found;
      this.#print(page, query.q ?? '', page.bundles.map(originText));
      return page;
    } finally {
      for (const { db } of opened) db.close();
    }
  }

  #print(page: BundlePage, q: string, origins?: readonly string[]): void {
    const screen = outputScreen();
    this.logPage(bundleLines(page.bundles, screen, { query: q, origins }));
    if (page.total === 0) {
      this.note(q === '' ? 'Nothing fits.' : `Nothing fits "${q}". Try fewer or other words.`);
    } else if (screen.isTTY) {
      const shown = page.bundles.length;
      this.note(`${shown} of ${plural(page.total, 'result')}.`);
    }
  }
}
