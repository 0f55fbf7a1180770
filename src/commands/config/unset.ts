import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { keyringOf } from '../../cli/keychain-command.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { forgetSettings } from '../../lib/config/keep-settings.ts';
import { unsetSetting } from '../../lib/config/settings.ts';
import { parseTarget } from '../../lib/config/target.ts';
import { updateConfig } from '../../lib/config/update.ts';

export default class ConfigUnset extends BaseCommand {
  static override summary = 'Take away a setting of mpak, or settings of a server.';
  static override description =
    'Of a package, everything that is set for it, or the keys that are given. Of policy.allow, the whole list, or what ' +
    'is given of it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> policy.unattested',
    '<%= config.bin %> <%= command.id %> policy.allow @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres api_key',
    '<%= config.bin %> <%= command.id %> @acme/postgres',
  ];
  static override strict = false;
  static override args = {
    target: Args.string({
      description: 'The setting, or the package.',
      required: true,
      ignoreStdin: true,
    }),
    keys: Args.string({ description: 'What to take away of it.', multiple: true, ignoreStdin: true }),
  };

  override async run(): Promise<unknown> {
    const { argv } = await this.parse(ConfigUnset);
    const [text, ...keys] = argv as [string, ...string[]];
    const target = parseTarget(text);
    const home = mpakHome(process.env);
    if ('setting' in target) {
      await updateConfig(home, (json, config) => unsetSetting(json, config, target.setting, keys));
    } else {
      const left = await forgetSettings(keyringOf(target.package), keys);
      if (left.length > 0) this.note(`The keychain did not say that ${left.join(', ')} is gone from it.`);
    }
    const name = 'setting' in target ? target.setting : target.package;
    this.log(keys.length === 0 ? `Unset ${name}.` : `Unset ${keys.join(', ')} of ${name}.`);
    return 'setting' in target ? { key: name, values: keys } : { package: name, keys };
  }
}
