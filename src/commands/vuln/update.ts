import path from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { plural } from '../../cli/format.ts';
import { interruptible } from '../../cli/interruptible.ts';
import { ProgressLine } from '../../cli/progress.ts';
import { Transfer } from '../../cli/transfer.ts';
import { readConfig } from '../../lib/config/config.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { safeUrl, withoutSecret } from '../../lib/config/registry-url.ts';
import { feedsOf } from '../../lib/config/supply.ts';
import { MpakError } from '../../lib/errors.ts';
import { HttpClient } from '../../lib/remote/http-client.ts';
import { vulnerabilityFile } from '../../lib/vulnerabilities/database.ts';
import { FEED_NAMES } from '../../lib/vulnerabilities/feeds.ts';
import { type Origin, type UpdatedFeed, updateVulnerabilities } from '../../lib/vulnerabilities/update.ts';

export default class VulnUpdate extends BaseCommand {
  static override summary = 'Fetch what is known of vulnerabilities, for `mpak bundle scan`.';
  static override description =
    'OSV for npm and PyPI, EPSS of FIRST, and the catalogue of exploited vulnerabilities of CISA. Each is checked and ' +
    'replaced as a whole: what is damaged leaves what was there. --from takes them from a mirror or a folder, with ' +
    'the files npm/all.zip, PyPI/all.zip, epss_scores-current.csv.gz and known_exploited_vulnerabilities.json.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --from /srv/mirror',
    '<%= config.bin %> <%= command.id %> --only kev --only epss',
  ];
  static override flags = {
    from: Flags.string({
      description: 'URL of a mirror, or a folder. Default: where each is published, or as configured.',
      helpValue: 'URL|DIR',
    }),
    only: Flags.option({
      description: 'Only this of it; may be given several times.',
      options: FEED_NAMES,
      multiple: true,
    })(),
    data: Flags.string({
      description: 'File of the database. Default: vulnerabilities.db in the home of mpak.',
      helpValue: 'FILE',
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(VulnUpdate);
    const home = mpakHome(process.env);
    const file = flags.data === undefined ? vulnerabilityFile(home) : path.resolve(flags.data);
    const http = new HttpClient({ userAgent: this.config.userAgent });
    const line = new ProgressLine();
    let fetching = { feed: '', transfer: new Transfer('') };
    const transferOf = (feed: string): Transfer => {
      if (fetching.feed !== feed) fetching = { feed, transfer: new Transfer(`Fetching ${feed}:`) };
      return fetching.transfer;
    };
    try {
      const feeds = await interruptible((signal) =>
        updateVulnerabilities({
          file,
          origin: originOf(flags.from) ?? { feeds: feedsOf(readConfig(home)) },
          http,
          now: new Date(),
          signal,
          ...(flags.only !== undefined && { only: flags.only }),
          progress: ({ feed, what, done }) =>
            line.update(() =>
              what === 'fetch'
                ? transferOf(feed).describe(done, undefined)
                : `Reading ${feed}: ${plural(done, 'record')}`,
            ),
        }),
      );
      line.clear();
      for (const feed of feeds) this.log(describe(feed));
      return { file, feeds };
    } finally {
      line.clear();
      await http.close();
    }
  }
}

function originOf(from: string | undefined): Origin | undefined {
  if (from === undefined) return undefined;
  if (!/^https?:/i.test(from)) return { folder: path.resolve(from) };
  const mirror = safeUrl(from);
  if (mirror !== undefined) return { mirror };
  throw new MpakError('USAGE', `--from is ${withoutSecret(from)}, which is not a URL that can be used.`, {
    hint: 'Use https, and nothing in it but host and path. Plain http is for this machine alone.',
  });
}

function describe({ feed, asOf, records, replaced }: UpdatedFeed): string {
  const what = `${feed}: ${plural(records, 'record')} of ${asOf.slice(0, 10)}`;
  return replaced ? what : `${what}; what is there is newer, and was kept`;
}
