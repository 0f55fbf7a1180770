/** The settings of mpak itself, by the names that `mpak config` takes. */
import { MpakError } from '../errors.ts';
import { GITHUB_ISSUER } from '../provenance/policy.ts';
import type { Config } from './config.ts';
import { isObject, type JsonObject, without } from './config-json.ts';
import { CONSENTS, consentPolicy, isLevel, parseAllowPattern } from './policy.ts';
import { DEFAULT_REGISTRY, parseRegistryUrl } from './registry-url.ts';
import { isSupplyKey, readSupply, SUPPLY_KEYS, setSupply, unsetSupply } from './supply.ts';

export const SETTING_KEYS = [
  'registry',
  'certOidcIssuer',
  'policy.consent',
  'policy.allow',
  ...SUPPLY_KEYS,
  'policy.minimumLevel',
] as const;
export type SettingKey = (typeof SETTING_KEYS)[number];

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
    case 'registry':
      return { key, value: config.registry ?? DEFAULT_REGISTRY, set: config.registry !== undefined };
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
  if (key === 'policy.allow') {
    const allow = new Set([...consentPolicy(config).allow, ...values.map(allowPattern)]);
    return withPolicy(json, 'allow', [...allow]);
  }
  if (isSupplyKey(key) && key.startsWith('sources.')) return setSupply(json, key, values);
  const [value, ...rest] = values as [string, ...string[]];
  if (rest.length > 0) throw usage(`"${key}" takes one value.`, `\`mpak config set ${key} VALUE\`.`);
  if (isSupplyKey(key)) return setSupply(json, key, values);
  switch (key) {
    case 'registry':
      return { ...json, registry: parseRegistryUrl(value, key).href.replace(/\/+$/, '') };
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
  if (key === 'policy.allow' && values.length > 0) {
    const { allow } = consentPolicy(config);
    const gone = values.map(allowPattern);
    for (const pattern of gone) {
      if (!allow.includes(pattern)) throw new MpakError('NOT_FOUND', `${pattern} is not on the allow list.`);
    }
    return withPolicy(
      json,
      'allow',
      allow.filter((pattern) => !gone.includes(pattern)),
    );
  }
  if (isSupplyKey(key) && key.startsWith('sources.')) return unsetSupply(json, key, values);
  if (values.length > 0)
    throw usage(`"${key}" is taken away without a value.`, `\`mpak config unset ${key}\`.`);
  if (key === 'policy.allow') return withPolicy(json, 'allow', undefined);
  if (key === 'policy.consent') return withPolicy(json, 'consent', undefined);
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
    `${JSON.stringify(text)} cannot be on the allow list.`,
    'Give a package as @scope/name, or all of a scope as @scope/*.',
  );
}

function usage(message: string, hint: string): MpakError {
  return new MpakError('USAGE', message, { hint });
}
