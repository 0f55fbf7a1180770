/** Changes to the settings of a package in the content of `config.json`. */
import { MpakError } from '../errors.ts';
import { isObject, type JsonObject, without } from './config-json.ts';
import type { StoredValue } from './user-config.ts';

/**
 * @param name lower case
 * @param inKeychain keys whose values are in the keychain from here on: the file only says so
 */
export function setUserConfig(
  json: JsonObject,
  name: string,
  values: ReadonlyMap<string, StoredValue>,
  inKeychain: readonly string[] = [],
): JsonObject {
  const { packages, own, stored, keychain } = parts(json, name);
  const set = Object.entries({ ...stored, ...Object.fromEntries(values) });
  const user_config = Object.fromEntries(set.filter(([key]) => !inKeychain.includes(key)));
  const keys = [...new Set([...keychain.filter((key) => !values.has(key)), ...inKeychain])];
  return { ...json, packages: { ...packages, [name]: withKeys({ ...own, user_config }, keys) } };
}

/**
 * @param keys none for all of them
 * @throws MpakError NOT_FOUND when one of them is not set
 */
export function unsetUserConfig(json: JsonObject, name: string, keys: readonly string[]): JsonObject {
  const { packages, own, stored, keychain } = parts(json, name);
  const hint = `\`mpak config get ${name}\` shows what is.`;
  if (Object.keys(stored).length + keychain.length === 0)
    throw new MpakError('NOT_FOUND', `Nothing is set for ${name}.`);
  for (const key of keys) {
    if (!Object.hasOwn(stored, key) && !keychain.includes(key))
      throw new MpakError('NOT_FOUND', `"${key}" of ${name} is not set.`, { hint });
  }
  const isGone = (key: string) => keys.length === 0 || keys.includes(key);
  const rest = Object.fromEntries(Object.entries(stored).filter(([key]) => !isGone(key)));
  const left = keychain.filter((key) => !isGone(key));
  const plain = Object.keys(rest).length === 0 ? without(own, 'user_config') : { ...own, user_config: rest };
  const kept = withKeys(plain, left);
  const others = Object.keys(kept).length === 0 ? without(packages, name) : { ...packages, [name]: kept };
  return Object.keys(others).length === 0 ? without(json, 'packages') : { ...json, packages: others };
}

function withKeys(own: JsonObject, keychain: readonly string[]): JsonObject {
  return keychain.length === 0 ? without(own, 'keychain') : { ...own, keychain };
}

function parts(json: JsonObject, name: string) {
  const packages = object(json.packages);
  const own = Object.hasOwn(packages, name) ? object(packages[name]) : {};
  const keychain = Array.isArray(own.keychain) ? (own.keychain as string[]) : [];
  return { packages, own, stored: object(own.user_config), keychain };
}

function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
