import { BaseCommand } from '../../src/cli/command.ts';
import { fingerprint } from '../../src/lib/log/key.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';
import { rotateKey } from '../rotate-key.ts';

export default class RotateKey extends BaseCommand {
  static override summary = 'Hand the log over to a new signing key.';
  static override description =
    'The old key signs the statement that names the new one, and clients that trust the old one follow. A server on ' +
    'the same folder signs with the new key from its next checkpoint on. Keep the old file: its public part begins ' +
    'the chain.';
  static override examples = ['<%= config.bin %> <%= command.id %> --data DIR'];
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(RotateKey);
    const rotated = await rotateKey(new DataFolder(flags.data), new Date());
    const { seq, from, to, file } = rotated;
    this.log(`Old key ${fingerprint(from)}`);
    this.log(`New key ${fingerprint(to)}`);
    this.log(`Entry ${seq} of the log. The new private key is ${file}: back it up.`);
    return rotated;
  }
}
