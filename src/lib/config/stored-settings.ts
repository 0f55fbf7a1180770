/** The settings of a server wherever they are kept: in `config.json`, and in the keychain what that says is there. */
import { type Config, readConfig } from './config.ts';
import { updateConfig } from './update.ts';
import { setUserConfig, unsetUserConfig } from './update-package.ts';
import { type StoredValue, type UserConfig, userConfig } from './user-config.ts';

/** What is kept for a package. The keychain is asked when something of it is there. @throws MpakError KEYCHAIN */
export async function storedSettings(home: string, config: Config, name: string): Promise<UserConfig> {
  const keys = keychainKeys(config, name);
  const stored = userConfig(config, name);
  if (keys.length === 0) return stored;
  const { readSecrets } = await import('./keychain.ts');
  return { ...stored, ...(await readSecrets({ home, package: name }, keys)) };
}

/** Which settings of a package are in the keychain. */
export function keychainKeys({ keychain }: Config, name: string): readonly string[] {
  return keychain?.get(name) ?? [];
}

export interface Kept {
  readonly inKeychain: readonly string[];
  readonly inFile: readonly string[];
}

/**
 * Keeps settings: secrets in the keychain where there is one, all else in `config.json`.
 * @param secrets keys of those that are secrets and may go there
 */
export async function keepSettings(
  home: string,
  name: string,
  values: ReadonlyMap<string, StoredValue>,
  secrets: ReadonlySet<string>,
): Promise<Kept> {
  const inKeychain: string[] = [];
  for (const [key, value] of values) {
    if (!secrets.has(key)) continue;
    const { keepSecret } = await import('./keychain.ts');
    if (await keepSecret({ home, package: name, key }, value)) inKeychain.push(key);
  }
  const inFile = [...values.keys()].filter((key) => !inKeychain.includes(key));
  const before = keychainKeys(readConfig(home), name);
  const plain = new Map([...values].filter(([key]) => inFile.includes(key)));
  await updateConfig(home, (json) => setUserConfig(json, name, plain, inKeychain));
  await drop(
    home,
    name,
    inFile.filter((key) => before.includes(key)),
  );
  return { inKeychain, inFile };
}

/**
 * Forgets settings.
 * @param keys none for all of them
 * @returns keys that may be in the keychain still
 * @throws MpakError NOT_FOUND
 */
export async function forgetSettings(home: string, name: string, keys: readonly string[]): Promise<string[]> {
  const before = keychainKeys(readConfig(home), name);
  await updateConfig(home, (json) => unsetUserConfig(json, name, keys));
  return drop(home, name, keys.length === 0 ? before : before.filter((key) => keys.includes(key)));
}

async function drop(home: string, name: string, keys: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const key of keys) {
    const { dropSecret } = await import('./keychain.ts');
    if (!(await dropSecret({ home, package: name, key }))) left.push(key);
  }
  return left;
}
