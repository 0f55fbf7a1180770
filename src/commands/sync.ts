import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/command.ts';
import { indexStore, registryFlag } from '../cli/context.ts';
import { bytes, grouped, plural } from '../cli/format.ts';
import { ProgressLine } from '../cli/progress.ts';
import { Transfer } from '../cli/transfer.ts';
import { mpakHome } from '../lib/config/home.ts';
import { type Fallen, findFallen } from '../lib/install/fallen.ts';
import { fingerprint, parseFingerprint } from '../lib/log/key.ts';
import { proxiesOf } from '../lib/remote/node-http.ts';
import { RegistryClient } from '../lib/remote/registry-client.ts';
import type { ChangeSummary } from '../lib/sync/changes.ts';
import { type SyncReport, sync } from '../lib/sync/sync.ts';
import type { Progress } from '../lib/sync/workspace.ts';

/** Names of each kind of change that are printed; the rest is counted. */
const MAX_NAMES = 10;

export default class Sync extends BaseCommand {
  static override summary = 'Bring the local index up to date with its registry.';
  static override description =
    'Fetches what is new of the signed log, verifies that the log only grew and is signed by the pinned key, and ' +
    'applies it. Afterwards everything but downloads works offline. The first sync pins the key of the registry and ' +
    'prints its fingerprint.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --registry https://registry.example.com --key SHA256:…',
    '<%= config.bin %> <%= command.id %> --verify',
  ];
  static override flags = {
    registry: registryFlag,
    key: Flags.string({
      description: 'Fingerprint of the key that must sign; pins it at the first sync.',
      helpValue: 'FINGERPRINT',
    }),
    verify: Flags.boolean({
      description: 'Replay the whole log and compare every row of the index with it.',
    }),
    full: Flags.boolean({ description: 'Fetch the index anew, whatever is on the disk.' }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Sync);
    const pin = flags.key === undefined ? undefined : parseFingerprint(flags.key);
    const store = indexStore({ registry: flags.registry });
    const client = new RegistryClient(store.registry, this.config.userAgent, proxiesOf(process.env));
    const line = new ProgressLine();
    const snapshot = new Transfer('Fetching the snapshot:');
    try {
      const report = await sync({
        store,
        client,
        now: () => new Date(),
        pin,
        verify: flags.verify,
        full: flags.full,
        onProgress: (progress) => line.update(() => describe(progress, snapshot)),
      });
      line.clear();
      if (!this.jsonEnabled()) this.#print(report, store.registry, client.bytesReceived);
      const fallen = await findFallen(mpakHome(process.env), store);
      for (const each of fallen) this.note(fallenLine(each));
      const { key, ...rest } = report;
      const { bytesReceived } = client;
      return {
        registry: store.label,
        ...rest,
        key: fingerprint(key),
        bytes: bytesReceived,
        installed: fallen,
      };
    } finally {
      line.clear();
      client.close();
    }
  }

  #print(report: SyncReport, registry: URL, received: number): void {
    if (report.pinned) {
      this.note(`Pinned the key of ${registry.host}: ${fingerprint(report.key)}`);
      this.note('Compare it with what the operator says it is.');
    }
    if (report.via === 'nothing') {
      this.log(`Up to date: ${plural(report.to, 'log entry', 'log entries')}.`);
    } else {
      const what = plural(report.to - report.from, 'new log entry', 'new log entries');
      this.log(`Synced ${what} (${bytes(received)}), ${grouped(report.to)} in all.`);
      for (const text of describeChanges(report.changes, report.pinned)) this.log(text);
    }
    if (report.verified) this.log('Verified: every row is what the signed log says.');
  }
}

function describe({ step, done, total }: Progress, snapshot: Transfer): string {
  if (step === 'snapshot') return snapshot.describe(done, total);
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const texts = {
    pages: `Fetching the log: ${grouped(done)} of ${plural(total, 'entry', 'entries')} (${percent} %)`,
    apply: `Applying ${plural(total, 'entry', 'entries')} …`,
    verify: `Replaying ${plural(total, 'entry', 'entries')} …`,
  };
  return texts[step];
}

/** What became of an installed version, and what to do about it. */
function fallenLine({ name, version, revoked, known, level, latest }: Fallen): string {
  const is = `${name} ${version} is installed and`;
  if (!known) return `${is} is not in its registry any more. \`mpak bundle remove ${name}\`.`;
  if (revoked !== null) {
    const command = latest === null ? 'remove' : 'update';
    return `${is} is revoked: ${revoked}. \`mpak bundle ${command} ${name}\`.`;
  }
  const fell = `was certified L${level?.before} then, and is L${level?.now} now`;
  return `${is} ${fell}. \`mpak bundle show ${name}@${version}\` says why.`;
}

function describeChanges(changes: ChangeSummary, isFirst: boolean): string[] {
  const lines: string[] = [];
  const list = (label: string, names: readonly string[]) => {
    if (names.length === 0) return;
    const shown = names.length <= MAX_NAMES ? `: ${names.join(', ')}` : '';
    lines.push(`  ${label} ${grouped(names.length)}${shown}`);
  };
  if (isFirst) lines.push(`  ${plural(changes.new.length, 'package')}`);
  else list('new', changes.new);
  list('updated', changes.updated);
  list('revoked', changes.revoked);
  list('deprecated', changes.deprecated);
  list('taken back', changes.yanked);
  if (changes.unknown > 0) {
    lines.push(
      `  ${plural(changes.unknown, 'entry', 'entries')} of a kind that this mpak does not know: update it`,
    );
  }
  return lines;
}
