import { BaseCommand } from '../../src/cli/command.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { fingerprint, keyId } from '../../src/lib/log/key.ts';
import { DataFolder, readOrigin } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';
import { KeyRing } from '../key-ring.ts';

export default class Keys extends BaseCommand {
  static override summary = 'Print the fingerprints of the keys that sign the log.';
  static override description =
    'The one that signs now comes first, those that handed over to it after it. Publish the first where users can ' +
    'compare: `mpak sync --key FINGERPRINT` pins it.';
  static override examples = ['<%= config.bin %> <%= command.id %> --data DIR'];
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Keys);
    const data = new DataFolder(flags.data);
    const db = data.openReadOnly();
    try {
      const origin = readOrigin(db);
      if (origin === undefined) {
        throw new MpakError('NOT_FOUND', `${data.path} holds no signing key.`, {
          hint: '`mpak-registry serve` makes one at its first start.',
        });
      }
      const chain = await new KeyRing({ db, data, origin }).chain();
      const keys = chain.keys.toReversed().map((key, index) => {
        const kid = keyId(key);
        return { fingerprint: fingerprint(kid), kid, public_key: key, signs: index === 0 };
      });
      for (const key of keys) this.log(key.signs ? key.fingerprint : `${key.fingerprint} (before)`);
      return { keys };
    } finally {
      db.close();
    }
  }
}
