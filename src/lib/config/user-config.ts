/** Settings of servers in the configuration: `packages.<@scope/name>.user_config.<key>`. */
import { MpakError } from '../errors.ts';
import type { Config } from './config.ts';

/** Kept as given; the manifest's type is applied when the server starts, because a version may change it. */
export type StoredValue = string | number | boolean | readonly string[];
export type UserConfig = Readonly<Record<string, StoredValue>>;

/** What is set for a package. @param name lower case */
export function userConfig({ packages }: Config, name: string): UserConfig {
  return packages?.get(name) ?? {};
}

export function isStoredValue(value: unknown): value is StoredValue {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/**
 * Parses `key=value` words. A key that is given several times has a list of values.
 * @param hint how a value is given
 * @throws MpakError USAGE
 */
export function parseAssignments(words: readonly string[], hint: string): Map<string, string | string[]> {
  const values = new Map<string, string | string[]>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1) {
      throw new MpakError(
        'USAGE',
        `${JSON.stringify(at === -1 ? word : '=')} is not a setting and its value.`,
        { hint },
      );
    }
    const key = word.slice(0, at);
    const value = word.slice(at + 1);
    const before = values.get(key);
    values.set(key, before === undefined ? value : [before, value].flat());
  }
  return values;
}
