import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { settingLines, settingRows } from '../../cli/config-page.ts';
import { registryIndexes } from '../../cli/context.ts';
import { secretsShown } from '../../cli/keep.ts';
import { outputScreen } from '../../cli/output.ts';
import { readConfig } from '../../lib/config/config.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { readSetting } from '../../lib/config/settings.ts';
import { shownValues } from '../../lib/config/shown.ts';
import { parseTarget } from '../../lib/config/target.ts';
import { userConfig } from '../../lib/config/user-config.ts';
import { MpakError } from '../../lib/errors.ts';
import { declaredFields } from '../../lib/launch/declared.ts';

export default class ConfigGet extends BaseCommand {
  static override summary = 'Show a setting of mpak, or the settings of a server.';
  static override description =
    'Secrets are covered unless --show is given. What is not known to be harmless is taken for a secret.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> policy.unattested',
    '<%= config.bin %> <%= command.id %> @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres api_key --show',
  ];
  static override args = {
    target: Args.string({
      description: 'The setting, or the package.',
      required: true,
      ignoreStdin: true,
    }),
    key: Args.string({ description: 'One setting of the package.', ignoreStdin: true }),
  };
  static override flags = { show: Flags.boolean({ description: 'Show secrets too.' }) };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ConfigGet);
    const target = parseTarget(args.target);
    const home = mpakHome(process.env);
    const config = readConfig(home);
    const screen = outputScreen();
    if ('setting' in target) {
      if (args.key !== undefined) throw new MpakError('USAGE', `"${target.setting}" has no parts.`);
      const setting = readSetting(config, target.setting);
      for (const line of settingLines(setting.value, screen)) this.log(line);
      if (!setting.set) this.note('It is not set: this is the default.');
      return setting;
    }
    const name = target.package;
    const fields = declaredFields(home, registryIndexes({ registry: undefined }), name);
    const shown = [
      ...shownValues(userConfig(config, name), fields, flags),
      ...(await secretsShown(config, name, flags)),
    ];
    if (args.key === undefined) {
      for (const line of settingRows(shown, screen)) this.log(line);
      if (shown.length === 0) this.note(`Nothing is set for ${name}.`);
      return { package: name, user_config: shown };
    }
    const one = shown.find(({ key }) => key === args.key);
    if (one === undefined) {
      throw new MpakError('NOT_FOUND', `"${args.key}" of ${name} is not set.`, {
        hint: `\`mpak config set ${name} ${args.key}=-\` sets it.`,
      });
    }
    for (const line of settingLines(one.masked ? undefined : one.value, screen)) this.log(line);
    return { package: name, ...one };
  }
}
