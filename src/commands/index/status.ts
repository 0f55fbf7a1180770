import { styleText } from 'node:util';
import { BaseCommand } from '../../cli/command.ts';
import { indexStore, registryFlag } from '../../cli/context.ts';
import { age, bytes, grouped } from '../../cli/format.ts';
import { type CrawledIndexStatus, indexStatus, type SignedIndexStatus } from '../../lib/sync/status.ts';

export default class IndexStatus extends BaseCommand {
  static override summary = 'Say how current the local index is, and whose.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { registry: registryFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(IndexStatus);
    const status = await indexStatus(indexStore({ registry: flags.registry }));
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
