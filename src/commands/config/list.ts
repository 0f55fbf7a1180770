import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { listRows } from '../../cli/config-page.ts';
import { registryIndexes } from '../../cli/context.ts';
import { secretsShown } from '../../cli/keep.ts';
import { outputScreen } from '../../cli/output.ts';
import { parsePackageName } from '../../lib/bundle/name.ts';
import { readConfig } from '../../lib/config/config.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { readSetting, SETTING_KEYS } from '../../lib/config/settings.ts';
import { type ShownValue, shownValues } from '../../lib/config/shown.ts';
import { declaredFields } from '../../lib/launch/declared.ts';

export default class ConfigList extends BaseCommand {
  static override summary = 'Show every setting: of mpak, and of each server.';
  static override description =
    'Secrets are covered unless --show is given. What is not known to be harmless is taken for a secret.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { show: Flags.boolean({ description: 'Show secrets too.' }) };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(ConfigList);
    const home = mpakHome(process.env);
    const config = readConfig(home);
    const indexes = registryIndexes({ registry: undefined });
    const settings = SETTING_KEYS.map((key) => readSetting(config, key));
    const packages: { package: string; user_config: ShownValue[] }[] = [];
    for (const [name, values] of config.packages ?? []) {
      const parsed = parsePackageName(name);
      const fields = parsed && declaredFields(home, indexes, parsed);
      const secrets = await secretsShown(config, name, flags);
      packages.push({ package: name, user_config: [...shownValues(values, fields, flags), ...secrets] });
    }
    for (const line of listRows(settings, packages, outputScreen())) this.log(line);
    return { settings, packages };
  }
}
