/** The settings of a server wherever they are kept: in `config.json`, and in the keychain what that says is there. */
import type { Config } from './config.ts';
import type { Keyring } from './keychain.ts';
import { type UserConfig, userConfig } from './user-config.ts';

/** What is kept for a package. The keychain is asked when something of it is there. @throws MpakError KEYCHAIN */
export async function storedSettings(config: Config, keyring: Keyring): Promise<UserConfig> {
  const keys = keychainKeys(config, keyring.package);
  const stored = userConfig(config, keyring.package);
  if (keys.length === 0) return stored;
  const { readSecrets } = await import('./keychain.ts');
  return { ...stored, ...(await readSecrets(keyring, keys)) };
}

/** Which settings of a package are in the keychain. */
export function keychainKeys({ keychain }: Config, name: string): readonly string[] {
  return keychain?.get(name) ?? [];
}
