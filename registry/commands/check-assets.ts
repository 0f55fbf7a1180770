import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { parsePackageName } from '../../src/lib/bundle/name.ts';
import { EXIT_STATUS, MpakError } from '../../src/lib/errors.ts';
import { withLock } from '../../src/lib/lock.ts';
import { printableLine } from '../../src/lib/printable.ts';
import { CheckTimes } from '../announced-assets.ts';
import { type CheckReport, checkAssets } from '../check-assets.ts';
import { DataFolder } from '../data-folder.ts';
import { parseDuration } from '../duration.ts';
import { assetHostFlag, assetHosts, dataFlag, githubApiFlag, githubTokenFlag } from '../flags.ts';
import { GitHub } from '../github.ts';
import { ASSET_LIMITS, CHECK_LIMITS } from '../limits.ts';
import { Outbound } from '../outbound.ts';

/** What could not be found out is listed so far; the rest is counted, and in --json. */
const MAX_LISTED = 20;

export default class CheckAssets extends BaseCommand {
  static override summary =
    'Find announced assets that are gone from GitHub or changed, and record it in the log.';
  static override description =
    'Asks GitHub for each release: that the asset is there, its size, and its digest where GitHub has one. Only a ' +
    'definite answer that comes twice counts; a failure says nothing. It keeps to the rate that GitHub allows, and goes ' +
    'on where it stopped when it is run again. A server on the same folder may keep running. Exit status: 0 all was ' +
    'checked, 10 some could not be.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --data DIR',
    '<%= config.bin %> <%= command.id %> --data DIR --package @acme/echo --older-than 0 --full',
  ];
  static override flags = {
    data: dataFlag,
    package: Flags.string({ description: 'Of this package only.', helpValue: 'NAME' }),
    'older-than': Flags.string({
      description: 'Pass over what was checked within this time, such as 30m, 24h or 7d; 0 for nothing.',
      helpValue: 'TIME',
      default: '24h',
    }),
    concurrency: Flags.integer({ description: 'Releases at a time.', default: 4, min: 1, max: 16 }),
    full: Flags.boolean({ description: 'Download every asset and compare its sha256.' }),
    'github-api': githubApiFlag,
    'github-token': githubTokenFlag,
    'asset-host': assetHostFlag,
  };

  override async run(): Promise<CheckReport> {
    const { flags } = await this.parse(CheckAssets);
    const data = new DataFolder(flags.data);
    data.require();
    const options = {
      package: flags.package === undefined ? undefined : requireName(flags.package),
      olderThanMs: parseDuration(flags['older-than']),
      concurrency: flags.concurrency,
      full: flags.full,
      now: () => new Date(),
    };
    const hosts = assetHosts(flags['asset-host']);
    const [api, token] = [flags['github-api'], flags['github-token']];
    const lock = { waitMs: 0, holder: 'Another `mpak-registry check-assets`' };
    const report = await withLock(data.assetChecksLock, lock, async () => {
      const db = data.open();
      const times = new CheckTimes(data.assetChecks);
      const outbound = new Outbound({ configured: [api, ...hosts] });
      const { now } = options;
      const github = new GitHub({ api, token, assetHosts: hosts, outbound, limits: ASSET_LIMITS, now });
      try {
        return await checkAssets({ ...options, db, times, github, limits: CHECK_LIMITS });
      } finally {
        await outbound.close();
        times.close();
        db.close();
      }
    });
    this.#print(report);
    if (report.unchecked.length > 0) process.exitCode = EXIT_STATUS.NETWORK;
    return report;
  }

  #print({ checked, skipped, available, gone, changed, recorded, unchecked }: CheckReport): void {
    this.log(
      `Checked ${checked}: ${available} available, ${gone} gone, ${changed} changed; ${skipped} passed over.`,
    );
    this.log(`The log got ${recorded} new entries.`);
    if (unchecked.length === 0) return;
    this.log(`Not checked: ${unchecked.length}`);
    for (const { package: name, version, reason } of unchecked.slice(0, MAX_LISTED)) {
      this.log(`  ${name} ${version}: ${printableLine(reason)}`);
    }
    if (unchecked.length > MAX_LISTED) this.log(`  … and ${unchecked.length - MAX_LISTED} more`);
  }
}

function requireName(text: string): string {
  const name = parsePackageName(text);
  if (name !== undefined) return name;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not the name of a package.`, {
    hint: 'A name looks like @scope/name.',
  });
}
