/** Keeps settings of servers, and forgets them: in `config.json`, and secrets in the keychain where there is one. */
import { readConfig } from './config.ts';
import { dropSecrets, type Keyring, keepSecrets } from './keychain.ts';
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
  keyring: Keyring,
  values: ReadonlyMap<string, StoredValue>,
  secrets: ReadonlySet<string>,
): Promise<Kept> {
  const { home, package: name } = keyring;
  const secret = Object.fromEntries([...values].filter(([key]) => secrets.has(key)));
  const inKeychain = await keepSecrets(keyring, secret);
  const inFile = [...values.keys()].filter((key) => !inKeychain.includes(key));
  const before = keychainKeys(readConfig(home), name);
  const plain = new Map([...values].filter(([key]) => inFile.includes(key)));
  await updateConfig(home, (json) => setUserConfig(json, name, plain, inKeychain));
  await dropSecrets(
    keyring,
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
export async function forgetSettings(keyring: Keyring, keys: readonly string[]): Promise<string[]> {
  const { home, package: name } = keyring;
  const before = keychainKeys(readConfig(home), name);
  await updateConfig(home, (json) => unsetUserConfig(json, name, keys));
  return dropSecrets(keyring, keys.length === 0 ? before : before.filter((key) => keys.includes(key)));
}
