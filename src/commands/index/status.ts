import { styleText } from 'node:util';
import { BaseCommand } from '../../cli/command.ts';
import { registryFlag, registryIndexes } from '../../cli/context.ts';
import { age, bytes, grouped } from '../../cli/format.ts';
import { MpakError } from '../../lib/errors.ts';
import {
  type CrawledIndexStatus,
  indexStatus,
  type SignedIndexStatus,
  type IndexStatus as Status,
} from '../../lib/sync/status.ts';

export default class IndexStatus extends BaseCommand {
  static override summary = 'Say how current the local index is, and whose.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { registry: registryFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(IndexStatus);
    const indexes = registryIndexes(flags);
    const [only, ...others] = indexes;
    if (others.length === 0) return this.#show(await indexStatus(only.store));
    const registries: unknown[] = [];
    for (const { name, store } of indexes) {
      if (registries.length > 0) this.log();
      this.log(styleText('bold', name));
      try {
        registries.push({ name, ...this.#show(await indexStatus(store)) });
      } catch (error) {
        // One that cannot be read does not hide the others.
        if (!(error instanceof MpakError)) throw error;
        this.note(`${name}: ${error.message} ${error.hint ?? ''}`);
        process.exitCode ??= error.exitStatus;
        registries.push({ name, registry: store.label, code: error.code, message: error.message });
      }
    }
    return { registries };
  }

  #show(status: Status): Status {
    const rows = status.signed ? signedRows(status) : crawledRows(status);
    rows.push(['packages', grouped(status.packages)], ['file', `${status.file} (${bytes(status.bytes)})`]);
    for (const [name, value] of rows) this.log(`${styleText('bold', name.padEnd(10))}${value}`);
    return status;
  }
}

type Rows = [name: string, value: string][];

function signedRows(status: SignedIndexStatus): Rows {
  return [
    ['registry', status.registry],
    ['log', status.origin],
    ['size', `${grouped(status.size)} entries`],
    ['root', status.root],
    ['synced', ago(status.synced_at)],
    ['key', status.key],
  ];
}

const KINDS: Readonly<Record<CrawledIndexStatus['source'], string>> = {
  bundles: 'a registry of bundles',
  mcp: "the MCP registry's interface",
};

function crawledRows({ registry, source, synced_at, whole_at }: CrawledIndexStatus): Rows {
  return [
    ['registry', registry],
    ['signed', `no: crawled from ${KINDS[source]}`],
    ['synced', synced_at === null ? 'not to its end: run `mpak sync` again' : ago(synced_at)],
    ['whole', whole_at === null ? 'never' : ago(whole_at)],
  ];
}

function ago(at: string): string {
  return `${at} (${age(Date.now() - Date.parse(at))} ago)`;
}
