import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/command.ts';
import { type RegistryIndex, registryFlag, registryIndexes } from '../cli/context.ts';
import { plural } from '../cli/format.ts';
import { ProgressLine, waitText } from '../cli/progress.ts';
import { unsignedNote } from '../cli/stale.ts';
import { crawlLines, fallenLine, progressText, signedLines } from '../cli/sync-page.ts';
import { Transfer } from '../cli/transfer.ts';
import { crawlerOf } from '../cli/unsigned.ts';
import { mpakHome } from '../lib/config/home.ts';
import { type AnySyncReport, syncAny } from '../lib/crawl/sync-any.ts';
import { MpakError } from '../lib/errors.ts';
import { findFallen } from '../lib/install/fallen.ts';
import { fingerprint, parseFingerprint } from '../lib/log/key.ts';
import { proxiesOf } from '../lib/remote/node-http.ts';
import { RegistryClient } from '../lib/remote/registry-client.ts';
import { systemError } from '../lib/system-error.ts';

export default class Sync extends BaseCommand {
  static override summary = 'Bring the local indexes up to date with their registries.';
  static override description =
    'Fetches what is new of the signed log, verifies that the log only grew and is signed by the pinned key, and ' +
    'applies it. Afterwards everything but downloads works offline. The first sync pins the key of the registry and ' +
    'prints its fingerprint. A registry that has no log is crawled, and its index is unsigned. All registries are synced, ' +
    'each into an index of its own; one that fails does not keep the others from it, and the exit status is the ' +
    "first one's.";
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
    const indexes = registryIndexes(flags);
    const [only, ...others] = indexes;
    if (others.length === 0) return this.#sync(only, flags);
    if (flags.key !== undefined) {
      throw new MpakError('USAGE', 'A key is of one registry, and several are configured.', {
        hint: 'Name the one with `--registry NAME`.',
      });
    }
    const registries: unknown[] = [];
    for (const index of indexes) {
      this.log(`${index.name} (${index.store.label})`);
      try {
        registries.push(await this.#sync(index, flags));
      } catch (error) {
        const known = error instanceof MpakError ? error : systemError(error);
        if (known === undefined) throw error;
        const { code, message, hint } = known;
        this.note(`${index.name} is not synced: ${message} ${hint ?? ''}`);
        process.exitCode ??= known.exitStatus;
        registries.push({ name: index.name, registry: index.store.label, error: { code, message, hint } });
      }
    }
    return { registries };
  }

  /** One registry. @throws MpakError as sync.ts says */
  async #sync(
    { name, key: required, store }: RegistryIndex,
    flags: { readonly key: string | undefined; readonly verify: boolean; readonly full: boolean },
  ): Promise<object> {
    const typed = flags.key ?? required;
    const pin = typed === undefined ? undefined : parseFingerprint(typed);
    const client = new RegistryClient(store.registry, this.config.userAgent, proxiesOf(process.env));
    const line = new ProgressLine();
    const crawler = lazily(() =>
      crawlerOf(store, this.config.userAgent, { onWait: (ms) => line.update(() => waitText(ms)) }),
    );
    const snapshot = new Transfer('Fetching the snapshot:');
    try {
      const report = await syncAny({
        store,
        client,
        now: () => new Date(),
        pin,
        verify: flags.verify,
        full: flags.full,
        onProgress: (progress) => line.update(() => progressText(progress, snapshot)),
        crawler: crawler.get,
        onCrawl: (known) => line.update(() => `Reading the list: ${plural(known, 'package')} …`),
      });
      line.clear();
      const bytesReceived = client.bytesReceived + (crawler.made?.bytesReceived ?? 0);
      if (!this.jsonEnabled()) this.#print(name, store.registry, report, bytesReceived);
      const fallen = await findFallen(mpakHome(process.env), store);
      for (const each of fallen) this.note(fallenLine(each));
      const common = { name, registry: store.label, bytes: bytesReceived, installed: fallen };
      if (report.source !== 'signed') return { ...report, signed: false, ...common };
      return { ...report, signed: true, key: fingerprint(report.key), ...common };
    } finally {
      line.clear();
      client.close();
      crawler.made?.close();
    }
  }

  #print(name: string, { host }: URL, report: AnySyncReport, received: number): void {
    if (report.source !== 'signed') {
      this.note(unsignedNote([name]));
      for (const text of crawlLines(report, received)) this.log(text);
      return;
    }
    if (report.pinned) {
      this.note(`Pinned the key of ${host}: ${fingerprint(report.key)}`);
      this.note('Compare it with what the operator says it is.');
    }
    for (const text of signedLines(report, received)) this.log(text);
  }
}

/** Made when it is first needed: most registries need none. */
function lazily<T>(make: () => T): { readonly get: () => T; readonly made: T | undefined } {
  let made: T | undefined;
  return {
    get: () => {
      made ??= make();
      return made;
    },
    get made() {
      return made;
    },
  };
}
