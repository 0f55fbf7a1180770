import { BaseCommand } from '../../src/cli/command.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { fingerprint, keyId, publicKey } from '../../src/lib/log/key.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';
import { readSigningKey } from '../signing-key.ts';

export default class Keys extends BaseCommand {
  static override summary = 'Print the fingerprints of the keys that sign the log.';
  static override description =
    'Publish them where users can compare: `mpak sync --key FINGERPRINT` pins one.';
  static override examples = ['<%= config.bin %> <%= command.id %> --data DIR'];
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Keys);
    const data = new DataFolder(flags.data);
    const key = readSigningKey(data.signingKey);
    if (key === undefined) {
      throw new MpakError('NOT_FOUND', `${data.path} holds no signing key.`, {
        hint: '`mpak-registry serve` makes one at its first start.',
      });
    }
    const kid = await keyId(key);
    this.log(fingerprint(kid));
    return { keys: [{ fingerprint: fingerprint(kid), kid, public_key: publicKey(key) }] };
  }
}
