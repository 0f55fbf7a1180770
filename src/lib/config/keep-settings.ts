/** Keeps settings of servers, and forgets them: in `config.json`, and secrets in the keychain where there is one. */
import { readConfig } from './config.ts';
import { keychainKeys } from './stored-settings.ts';
import { updateConfig } from './update.ts';
import { setUserConfig, unsetUserConfig } from './update-package.ts';
import type { StoredValue } from './user-config.ts';

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
