import { readFileSync } from 'node:fs';
import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { registryIndexes } from '../../cli/context.ts';
import { asKept, keep, keptLines } from '../../cli/keep.ts';
import type { PackageName } from '../../lib/bundle/name.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { type SettingKey, setSetting } from '../../lib/config/settings.ts';
import { parseTarget } from '../../lib/config/target.ts';
import { updateConfig } from '../../lib/config/update.ts';
import { parseAssignments } from '../../lib/config/user-config.ts';
import { MpakError } from '../../lib/errors.ts';
import { closest } from '../../lib/index/typo.ts';
import { askLine, isInteractive } from '../../lib/launch/ask.ts';
import { declaredFields } from '../../lib/launch/declared.ts';
import type { Field } from '../../lib/launch/manifest.ts';

export default class ConfigSet extends BaseCommand {
  static override summary = 'Set a setting of mpak, or settings of a server.';
  static override description =
    'Settings of mpak are certOidcIssuer, policy.consent (default or always), policy.allow, policy.unattested (ask, ' +
    'allow or deny), policy.allowUnattested, policy.minimumLevel, where vulnerability data is from (vulnerabilities.osv, .epss, .kev, .maxAgeDays) and which registries packages may be ' +
    'from (sources.npm, sources.pypi). Lists grow by what is given. Settings of a server are given as key=value; a key that is given several times has ' +
    'several values. With key=- the value is asked for, or read from standard input: it stays out of the history of ' +
    'the shell.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres api_key=-',
    '<%= config.bin %> <%= command.id %> @acme/files folders=/srv/a folders=/srv/b read_only=true',
    '<%= config.bin %> <%= command.id %> policy.consent always',
    '<%= config.bin %> <%= command.id %> policy.allow @acme/postgres @example/*',
  ];
  static override strict = false;
  static override args = {
    target: Args.string({
      description: 'The setting, or the package.',
      required: true,
      ignoreStdin: true,
    }),
    values: Args.string({ description: 'The value, or key=value.', multiple: true, ignoreStdin: true }),
  };

  override async run(): Promise<unknown> {
    const { argv } = await this.parse(ConfigSet);
    const [target, ...values] = argv as [string, ...string[]];
    const parsed = parseTarget(target);
    return 'setting' in parsed
      ? this.#setSetting(parsed.setting, values)
      : this.#setPackage(parsed.package, values);
  }

  async #setSetting(key: SettingKey, values: readonly string[]): Promise<unknown> {
    await updateConfig(mpakHome(process.env), (json, config) => setSetting(json, config, key, values));
    this.log(`Set ${key}.`);
    return { key };
  }

  async #setPackage(name: PackageName, words: readonly string[]): Promise<unknown> {
    const home = mpakHome(process.env);
    const assignments = parseAssignments(
      words,
      'Give it as key=value, or as key=- to be asked for the value or to pipe it in.',
    );
    if (assignments.size === 0) {
      throw new MpakError('USAGE', `Nothing is given to set for ${name}.`, { hint: 'Give it as key=value.' });
    }
    const fields = declaredFields(home, registryIndexes({ registry: undefined }), name);
    const values = new Map<string, string | string[]>();
    for (const [key, given] of await withStdin(assignments)) {
      const field = fields?.find((other) => other.key === key);
      if (fields !== undefined && field === undefined) throw unknownKey(name, key, fields);
      values.set(key, field === undefined ? given : asKept(field, given));
    }
    const kept = await keep(name, values, fields);
    const keys = [...values.keys()];
    this.log(`Set ${keys.join(', ')} of ${name}.`);
    for (const line of keptLines(kept, fields)) this.note(line);
    return { package: name, keys, keychain: kept.inKeychain };
  }
}

function unknownKey(name: string, key: string, fields: readonly Field[]): MpakError {
  const keys = fields.map((field) => field.key);
  const guess = closest(key, keys);
  const known = keys.length === 0 ? 'It has none.' : `It has ${keys.join(', ')}.`;
  return new MpakError('USER_CONFIG_INVALID', `${name} has no setting "${key}".`, {
    hint: guess === undefined ? known : `Did you mean ${guess}?`,
  });
}

/** With the value of the one key that is given as `-`. */
async function withStdin(
  assignments: ReadonlyMap<string, string | string[]>,
): Promise<ReadonlyMap<string, string | string[]>> {
  const keys = [...assignments].filter(([, value]) => [value].flat().includes('-')).map(([key]) => key);
  if (keys.length === 0) return assignments;
  const [key] = keys as [string];
  if (keys.length > 1 || assignments.get(key) !== '-') {
    throw new MpakError('USAGE', 'Only one value can be read from standard input.', {
      hint: 'Set one key after the other.',
    });
  }
  const terminal = { input: process.stdin, output: process.stderr };
  const value = isInteractive(terminal)
    ? await askLine(`${key}: `, terminal, { hidden: true })
    : readFileSync(0, 'utf8').replace(/\r?\n$/, '');
  if (value === '') throw new MpakError('USAGE', `The value of "${key}" is empty.`);
  return new Map([...assignments, [key, value]]);
}
