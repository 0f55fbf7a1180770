/** `config.json` in the home of mpak: what a user has set. docs/configuration.md describes every key. */
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { isMissing } from '../files.ts';
import { readRegularFile } from '../regular-file.ts';
import { isObject, type JsonObject } from './config-json.ts';
import { CONSENTS, type Consent, isAllowPattern, isLevel, UNATTESTED, type Unattested } from './policy.ts';
import { type ConfiguredRegistry, isRegistries } from './registry-url.ts';
import { type SourcesConfig, supplyProblem, type VulnerabilityConfig } from './supply.ts';
import { isStoredValue, type UserConfig } from './user-config.ts';

/** What is set of what mpak knows; other keys of the file are kept and not looked at. */
export interface Config {
  /** In the order in which names are looked up; without it, the public one. */
  readonly registries?: readonly ConfiguredRegistry[];
  /** The identity provider that attestations must come from, where it is not GitHub Actions'. */
  readonly certOidcIssuer?: string;
  readonly policy?: {
    readonly consent?: Consent;
    readonly allow?: readonly string[];
    readonly unattested?: Unattested;
    readonly allowUnattested?: readonly string[];
    readonly minimumLevel?: number;
  };
  /** Where vulnerability data is from. */
  readonly vulnerabilities?: VulnerabilityConfig;
  /** Which registries packages may be from. */
  readonly sources?: SourcesConfig;
  /** Settings of servers, by the name of their package. */
  readonly packages?: ReadonlyMap<string, UserConfig>;
  /** Keys of those that are in the keychain of the system, by the name of their package. */
  readonly keychain?: ReadonlyMap<string, readonly string[]>;
}

/** Far more than anybody sets. */
const MAX_BYTES = 16 * 1024 * 1024;

const REGISTRY_FORM = 'each {"name", "url"} and perhaps "key", no two with one name or URL';

const HINT = 'Mend the file, or move it away to start from the defaults.';

export function configFile(home: string): string {
  return path.join(home, 'config.json');
}

/** @throws MpakError USAGE when the file is there and is no configuration */
export function readConfig(home: string): Config {
  const file = configFile(home);
  return parseConfig(readConfigJson(file), file);
}

/** The whole file, whatever else is in it. @throws MpakError USAGE when it is no JSON object */
export function readConfigJson(file: string): JsonObject {
  const bytes = readBytes(file);
  if (bytes === undefined) return {};
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    // What the parser says quotes the file, and that may be a secret.
    throw new MpakError('USAGE', `${file} is not JSON.`, { hint: HINT });
  }
  if (!isObject(json)) throw new MpakError('USAGE', `${file} must hold a JSON object.`, { hint: HINT });
  return json;
}

/** @throws MpakError USAGE when it is no regular file, or none that anybody wrote */
function readBytes(file: string): Buffer | undefined {
  const tooLarge = () => new MpakError('USAGE', `${file} is larger than ${MAX_BYTES} bytes.`, { hint: HINT });
  try {
    return readRegularFile(file, { most: MAX_BYTES, tooLarge });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** @throws MpakError USAGE when something that mpak knows is not what it must be */
export function parseConfig(json: JsonObject, file: string): Config {
  const { registries, certOidcIssuer, policy, packages } = json;
  check(registries, isRegistries, `"registries" must be a list of registries, ${REGISTRY_FORM}`);
  check(certOidcIssuer, isText, '"certOidcIssuer" must be a URL');
  check(policy, isObject, '"policy" must be an object');
  const { consent, allow, unattested, allowUnattested, minimumLevel } = (policy ?? {}) as JsonObject;
  check(consent, isConsent, `"policy.consent" must be ${CONSENTS.join(' or ')}`);
  check(allow, isAllowList, '"policy.allow" must be a list of @scope/name and @scope/*');
  check(unattested, isUnattested, `"policy.unattested" must be ${UNATTESTED.join(', ')}`);
  check(allowUnattested, isAllowList, '"policy.allowUnattested" must be a list of @scope/name and @scope/*');
  check(minimumLevel, isLevel, '"policy.minimumLevel" must be a level, 1 to 4');
  check(packages, isObject, '"packages" must be an object');
  const problem = supplyProblem(json);
  if (problem !== undefined) throw new MpakError('USAGE', `${problem} in ${file}.`, { hint: HINT });
  const vulnerabilities = json.vulnerabilities as VulnerabilityConfig | undefined;
  const sources = json.sources as SourcesConfig | undefined;
  return {
    ...(registries !== undefined && {
      registries: registries.map(({ name, url, key }) => ({ name, url, ...(key !== undefined && { key }) })),
    }),
    ...(certOidcIssuer !== undefined && { certOidcIssuer }),
    ...(policy !== undefined && {
      policy: {
        ...(consent !== undefined && { consent }),
        ...(allow !== undefined && { allow }),
        ...(unattested !== undefined && { unattested }),
        ...(allowUnattested !== undefined && { allowUnattested }),
        ...(minimumLevel !== undefined && { minimumLevel }),
      },
    }),
    ...(vulnerabilities !== undefined && { vulnerabilities }),
    ...(sources !== undefined && { sources }),
    ...(packages !== undefined && {
      packages: new Map(Object.entries(packages).map(parsePackage)),
      keychain: new Map(Object.entries(packages).map(parseKeychain)),
    }),
  };

  function parsePackage([name, value]: [string, unknown]): [string, UserConfig] {
    const label = `"packages" of ${JSON.stringify(name)}`;
    check(value, isObject, `${label} must be an object`);
    const values = value?.user_config ?? {};
    check(values, isObject, `${label} must have an object "user_config"`);
    for (const [key, stored] of Object.entries(values)) {
      check(
        stored,
        isStoredValue,
        `${label}: ${JSON.stringify(key)} must be a text, number, boolean or list of texts`,
      );
    }
    return [name, values as UserConfig];
  }

  function parseKeychain([name, value]: [string, unknown]): [string, readonly string[]] {
    const { keychain = [] } = value as JsonObject;
    check(keychain, isTexts, `"packages" of ${JSON.stringify(name)}: "keychain" must be a list of texts`);
    return [name, keychain ?? []];
  }

  function check<T>(
    value: unknown,
    is: (value: unknown) => value is T,
    message: string,
  ): asserts value is T | undefined {
    if (value !== undefined && !is(value))
      throw new MpakError('USAGE', `${message} in ${file}.`, { hint: HINT });
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isConsent(value: unknown): value is Consent {
  return CONSENTS.some((consent) => consent === value);
}

function isUnattested(value: unknown): value is Unattested {
  return UNATTESTED.some((unattested) => unattested === value);
}

function isAllowList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((pattern) => isText(pattern) && isAllowPattern(pattern));
}
