/** Settings of certification: where vulnerability data is from, and which registries packages may be from. */
import { MpakError } from '../errors.ts';
import {
  DEFAULT_FEEDS,
  DEFAULT_MAX_AGE_DAYS,
  type Feeds,
  LONGEST_AGE_DAYS,
} from '../vulnerabilities/feeds.ts';
import type { Config } from './config.ts';
import { isObject, type JsonObject, without } from './config-json.ts';
import { safeUrl } from './registry-url.ts';

export const SUPPLY_KEYS = [
  'vulnerabilities.osv',
  'vulnerabilities.epss',
  'vulnerabilities.kev',
  'vulnerabilities.maxAgeDays',
  'sources.npm',
  'sources.pypi',
] as const;
export type SupplyKey = (typeof SUPPLY_KEYS)[number];

export interface VulnerabilityConfig extends Partial<Feeds> {
  readonly maxAgeDays?: number;
}

/** URL prefixes by the purl type of packages. */
export interface SourcesConfig {
  readonly npm?: readonly string[];
  readonly pypi?: readonly string[];
}

export function isSupplyKey(key: string): key is SupplyKey {
  return SUPPLY_KEYS.some((each) => each === key);
}

/** What is wrong with it, as the end of a sentence; undefined when nothing is. */
export function supplyProblem({ vulnerabilities, sources }: JsonObject): string | undefined {
  for (const [name, group] of Object.entries({ vulnerabilities, sources })) {
    if (group !== undefined && !isObject(group)) return `"${name}" must be an object`;
  }
  const { osv, epss, kev, maxAgeDays } = (vulnerabilities ?? {}) as JsonObject;
  for (const [name, url] of Object.entries({ osv, epss, kev })) {
    if (url !== undefined && !isUrl(url)) return `"vulnerabilities.${name}" must be an https URL`;
  }
  if (maxAgeDays !== undefined && !isAge(maxAgeDays)) {
    return `"vulnerabilities.maxAgeDays" must be a number of days, 1 to ${LONGEST_AGE_DAYS}`;
  }
  const { npm, pypi } = (sources ?? {}) as JsonObject;
  for (const [name, list] of Object.entries({ npm, pypi })) {
    const isList = list === undefined || (Array.isArray(list) && list.every(isUrl));
    if (!isList) return `"sources.${name}" must be a list of https URLs`;
  }
  return undefined;
}

export function feedsOf({ vulnerabilities }: Config): Feeds {
  const { osv, epss, kev } = { ...DEFAULT_FEEDS, ...vulnerabilities };
  return { osv, epss, kev };
}

export function maxAgeDaysOf({ vulnerabilities }: Config): number {
  return vulnerabilities?.maxAgeDays ?? DEFAULT_MAX_AGE_DAYS;
}

export function readSupply(
  config: Config,
  key: SupplyKey,
): { value: string | readonly string[]; set: boolean } {
  const [group, name] = key.split('.') as ['vulnerabilities' | 'sources', string];
  const set = (config[group] as JsonObject | undefined)?.[name];
  if (set !== undefined) return { value: Array.isArray(set) ? (set as string[]) : String(set), set: true };
  if (group === 'sources') return { value: [], set: false };
  const defaults: JsonObject = { ...DEFAULT_FEEDS, maxAgeDays: DEFAULT_MAX_AGE_DAYS };
  return { value: String(defaults[name]), set: false };
}

/** The file with it set; lists of sources grow by what is given. @throws MpakError USAGE */
export function setSupply(json: JsonObject, key: SupplyKey, values: readonly string[]): JsonObject {
  const [group, name] = key.split('.') as [string, string];
  const before = isObject(json[group]) ? json[group] : {};
  const refused = (text: string) => {
    throw new MpakError('USAGE', `"${key}" is ${JSON.stringify(text)}.`, {
      hint: name === 'maxAgeDays' ? `Give a number of days, 1 to ${LONGEST_AGE_DAYS}.` : 'Give an https URL.',
    });
  };
  if (group === 'sources') {
    for (const each of values) if (!isUrl(each)) refused(each);
    const listed = Array.isArray(before[name]) ? (before[name] as string[]) : [];
    return { ...json, [group]: { ...before, [name]: [...new Set([...listed, ...values])] } };
  }
  const [text = ''] = values;
  const value = name === 'maxAgeDays' ? Number(text) : text;
  if (!(name === 'maxAgeDays' ? isAge(value) : isUrl(value))) refused(text);
  return { ...json, [group]: { ...before, [name]: value } };
}

/** The file without it, or without some of a list. @throws MpakError NOT_FOUND */
export function unsetSupply(json: JsonObject, key: SupplyKey, values: readonly string[]): JsonObject {
  const [group, name] = key.split('.') as [string, string];
  const before = isObject(json[group]) ? json[group] : {};
  const listed = Array.isArray(before[name]) ? (before[name] as string[]) : [];
  const gone = values.find((each) => !listed.includes(each));
  if (gone !== undefined) throw new MpakError('NOT_FOUND', `${gone} is not one of ${key}.`);
  const rest = listed.filter((each) => !values.includes(each));
  const kept = values.length > 0 && rest.length > 0 ? { ...before, [name]: rest } : without(before, name);
  return Object.keys(kept).length === 0 ? without(json, group) : { ...json, [group]: kept };
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && safeUrl(value) !== undefined;
}

function isAge(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LONGEST_AGE_DAYS;
}
