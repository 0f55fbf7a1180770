/** The settings of mpak itself, by the names that `mpak config` takes. */
import { MpakError } from '../errors.ts';
import { GITHUB_ISSUER } from '../provenance/policy.ts';
import type { Config } from './config.ts';
import { isObject, type JsonObject, without } from './config-json.ts';
import {
  CONSENTS,
  consentPolicy,
  isLevel,
  parseAllowPattern,
  UNATTESTED,
  unattestedPolicy,
} from './policy.ts';
import { isSupplyKey, readSupply, SUPPLY_KEYS, setSupply, unsetSupply } from './supply.ts';

export const SETTING_KEYS = [
  'certOidcIssuer',
  'policy.consent',
  'policy.allow',
  'policy.unattested',
  'policy.allowUnattested',
  ...SUPPLY_KEYS,
  'policy.minimumLevel',
] as const;
export type SettingKey = (typeof SETTING_KEYS)[number];

/** Lists of packages, by what they are called in `policy`. */
const LISTS = { 'policy.allow': 'allow', 'policy.allowUnattested': 'allowUnattested' } as const;
type ListKey = keyof typeof LISTS;

function isListKey(key: SettingKey): key is ListKey {
  return Object.hasOwn(LISTS, key);
}

function listOf(config: Config, key: ListKey): readonly string[] {
  return config.policy?.[LISTS[key]] ?? [];
}

export interface Setting {
  readonly key: SettingKey;
  /** What holds: the default where nothing is set. */
  readonly value: string | readonly string[];
  readonly set: boolean;
}

export function parseSettingKey(text: string): SettingKey | undefined {
  return SETTING_KEYS.find((key) => key === text);
}

export function readSetting(config: Config, key: SettingKey): Setting {
  if (isSupplyKey(key)) return { key, ...readSupply(config, key) };
  const policy = consentPolicy(config);
  switch (key) {
    case 'certOidcIssuer':
      return {
        key,
        value: config.certOidcIssuer ?? GITHUB_ISSUER,
        set: config.certOidcIssuer !== undefined,
      };
    case 'policy.consent':
      return { key, value: policy.consent, set: config.policy?.consent !== undefined };
    case 'policy.allow':
      return { key, value: policy.allow, set: config.policy?.allow !== undefined };
    case 'policy.unattested':
      return {
        key,
        value: unattestedPolicy(config).unattested,
        set: config.policy?.unattested !== undefined,
      };
    case 'policy.allowUnattested':
      return {
        key,
        value: unattestedPolicy(config).allowUnattested,
        set: config.policy?.allowUnattested !== undefined,
      };
    case 'policy.minimumLevel': {
      const level = config.policy?.minimumLevel;
      return { key, value: level === undefined ? '' : String(level), set: level !== undefined };
    }
  }
}

/**
 * The file with a setting set; lists grow by what is given.
 * @throws MpakError USAGE when a value is not what the setting takes
 */
export function setSetting(
  json: JsonObject,
  config: Config,
  key: SettingKey,
  values: readonly string[],
): JsonObject {
  if (values.length === 0)
    throw usage(`"${key}" is set to nothing.`, `\`mpak config unset ${key}\` takes it away.`);
  if (isListKey(key)) {
    const list = new Set([...listOf(config, key), ...values.map(allowPattern)]);
    return withPolicy(json, LISTS[key], [...list]);
  }
  if (isSupplyKey(key) && key.startsWith('sources.')) return setSupply(json, key, values);
  const [value, ...rest] = values as [string, ...string[]];
  if (rest.length > 0) throw usage(`"${key}" takes one value.`, `\`mpak config set ${key} VALUE\`.`);
  if (isSupplyKey(key)) return setSupply(json, key, values);
  switch (key) {
    case 'certOidcIssuer':
      if (!/^https?:\/\/[^\s/]/.test(value)) {
        throw usage(`"${key}" is ${JSON.stringify(value)}, and must be a URL.`, 'Give it as https://….');
      }
      return { ...json, certOidcIssuer: value };
    case 'policy.consent':
      if (!CONSENTS.some((consent) => consent === value)) {
        throw usage(`"${key}" is ${JSON.stringify(value)}.`, `It may be ${CONSENTS.join(' or ')}.`);
      }
      return withPolicy(json, 'consent', value);
    case 'policy.unattested':
      if (!UNATTESTED.some((unattested) => unattested === value)) {
        throw usage(`"${key}" is ${JSON.stringify(value)}.`, 'It may be ask, allow or deny.');
      }
      return withPolicy(json, 'unattested', value);
    case 'policy.minimumLevel':
      if (!isLevel(Number(value)) || value.length !== 1) {
        throw usage(`"${key}" is ${JSON.stringify(value)}.`, 'It may be 1, 2, 3 or 4.');
      }
      return withPolicy(json, 'minimumLevel', Number(value));
  }
}

/** The file without a setting, or a list without some of its values. @throws MpakError USAGE, NOT_FOUND */
export function unsetSetting(
  json: JsonObject,
  config: Config,
  key: SettingKey,
  values: readonly string[],
): JsonObject {
  if (isListKey(key) && values.length > 0) {
    const list = listOf(config, key);
    const gone = values.map(allowPattern);
    for (const pattern of gone) {
      if (!list.includes(pattern)) throw new MpakError('NOT_FOUND', `${pattern} is not on ${key}.`);
    }
    return withPolicy(
      json,
      LISTS[key],
      list.filter((pattern) => !gone.includes(pattern)),
    );
  }
  if (isSupplyKey(key) && key.startsWith('sources.')) return unsetSupply(json, key, values);
  if (values.length > 0)
    throw usage(`"${key}" is taken away without a value.`, `\`mpak config unset ${key}\`.`);
  if (isListKey(key)) return withPolicy(json, LISTS[key], undefined);
  if (key === 'policy.consent') return withPolicy(json, 'consent', undefined);
  if (key === 'policy.unattested') return withPolicy(json, 'unattested', undefined);
  if (isSupplyKey(key)) return unsetSupply(json, key, []);
  if (key === 'policy.minimumLevel') return withPolicy(json, 'minimumLevel', undefined);
  return without(json, key);
}

function withPolicy(json: JsonObject, key: string, value: unknown): JsonObject {
  const before = isObject(json.policy) ? json.policy : {};
  const policy = value === undefined ? without(before, key) : { ...before, [key]: value };
  return Object.keys(policy).length === 0 ? without(json, 'policy') : { ...json, policy };
}

function allowPattern(text: string): string {
  const pattern = parseAllowPattern(text);
  if (pattern !== undefined) return pattern;
  throw usage(
    `${JSON.stringify(text)} cannot be on a list of packages.`,
    'Give a package as @scope/name, or all of a scope as @scope/*.',
  );
}

function usage(message: string, hint: string): MpakError {
  return new MpakError('USAGE', message, { hint });
}
