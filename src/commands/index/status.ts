import { styleText } from 'node:util';
import { BaseCommand } from '../../cli/command.ts';
import { registryFlag, registryIndexes } from '../../cli/context.ts';
import { age, bytes, grouped } from '../../cli/format.ts';
import { MpakError } from '../../lib/errors.ts';
import { indexStatus, type IndexStatus as Status } from '../../lib/sync/status.ts';

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
    const rows: [string, string][] = [
      ['registry', status.registry],
      ['log', status.origin],
      ['size', `${grouped(status.size)} entries`],
      ['root', status.root],
      ['synced', `${status.synced_at} (${age(Date.now() - Date.parse(status.synced_at))} ago)`],
      ['key', status.key],
      ['packages', grouped(status.packages)],
      ['file', `${status.file} (${bytes(status.bytes)})`],
    ];
    for (const [name, value] of rows) this.log(`${styleText('bold', name.padEnd(10))}${value}`);
    return status;
  }
}
