/** Changes to the settings of a package in the content of `config.json`. */
import { MpakError } from '../errors.ts';
import { isObject, type JsonObject, without } from './config-json.ts';
import type { StoredValue } from './user-config.ts';

/** @param name lower case */
export function setUserConfig(
  json: JsonObject,
  name: string,
  values: ReadonlyMap<string, StoredValue>,
): JsonObject {
  const { packages, own, stored } = parts(json, name);
  const user_config = Object.fromEntries([...Object.entries(stored), ...values]);
  return { ...json, packages: { ...packages, [name]: { ...own, user_config } } };
}

/**
 * @param keys none for all of them
 * @throws MpakError NOT_FOUND when one of them is not set
 */
export function unsetUserConfig(json: JsonObject, name: string, keys: readonly string[]): JsonObject {
  const { packages, own, stored } = parts(json, name);
  const hint = `\`mpak config get ${name}\` shows what is.`;
  if (Object.keys(stored).length === 0) throw new MpakError('NOT_FOUND', `Nothing is set for ${name}.`);
  for (const key of keys) {
    if (!Object.hasOwn(stored, key))
      throw new MpakError('NOT_FOUND', `"${key}" of ${name} is not set.`, { hint });
  }
  const rest = keys.length === 0 ? {} : keys.reduce((object, key) => without(object, key), stored);
  const kept = Object.keys(rest).length === 0 ? without(own, 'user_config') : { ...own, user_config: rest };
  const others = Object.keys(kept).length === 0 ? without(packages, name) : { ...packages, [name]: kept };
  return Object.keys(others).length === 0 ? without(json, 'packages') : { ...json, packages: others };
}

function parts(json: JsonObject, name: string) {
  const packages = object(json.packages);
  const own = Object.hasOwn(packages, name) ? object(packages[name]) : {};
  return { packages, own, stored: object(own.user_config) };
}

function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
