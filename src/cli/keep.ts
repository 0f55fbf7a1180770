/** Keeps settings of servers, and says where. */
import path from 'node:path';
import { type Config, configFile } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { type Kept, keepSettings } from '../lib/config/keep-settings.ts';
import { type ShownValue, shownSecrets } from '../lib/config/shown.ts';
import { keychainKeys } from '../lib/config/stored-settings.ts';
import type { Field } from '../lib/launch/manifest.ts';
import { AT_HOME, checkValue } from '../lib/launch/values.ts';
import { keyringOf } from './keychain-command.ts';

/** @param fields undefined: nothing is known of them, so nothing is known to be a secret */
export function keep(
  name: string,
  values: ReadonlyMap<string, string | string[]>,
  fields: readonly Field[] | undefined,
): Promise<Kept> {
  const isOff = Boolean(process.env.MPAK_NO_KEYCHAIN);
  const secrets = isOff ? [] : secretKeys(fields);
  return keepSettings(keyringOf(name), values, new Set(secrets));
}

/** Where the secrets are now, in words. */
export function keptLines({ inKeychain, inFile }: Kept, fields: readonly Field[] | undefined): string[] {
  const secrets = secretKeys(fields);
  const inPlain = inFile.filter((key) => secrets.includes(key));
  const file = configFile(mpakHome(process.env));
  return [
    ...(inKeychain.length === 0 ? [] : [`In the keychain of the system: ${inKeychain.join(', ')}.`]),
    ...(inPlain.length === 0
      ? []
      : [
          `In ${file}, which nobody but you can read: ${inPlain.join(', ')}. There is no keychain to be used here.`,
        ]),
  ];
}

/** Settings that are in the keychain, which is asked for them only to show them. @throws MpakError KEYCHAIN */
export async function secretsShown(
  config: Config,
  name: string,
  { show }: { show: boolean },
): Promise<ShownValue[]> {
  const keys = keychainKeys(config, name);
  if (!show || keys.length === 0) return shownSecrets(keys, undefined);
  const { readSecrets } = await import('../lib/config/keychain.ts');
  return shownSecrets(keys, await readSecrets(keyringOf(name), keys));
}

/** As it is kept: checked, and a path made to hold wherever the server is started. */
export function asKept(field: Field, given: string | string[]): string | string[] {
  checkValue(field, given);
  if (field.type !== 'directory' && field.type !== 'file') return given;
  const absolute = (file: string) => (file === '' || AT_HOME.test(file) ? file : path.resolve(file));
  return typeof given === 'string' ? absolute(given) : given.map(absolute);
}

function secretKeys(fields: readonly Field[] = []): string[] {
  return fields.filter((field) => field.sensitive).map((field) => field.key);
}
