/** Names of the assets of an executable besides the chunks of its program. */

/** SQLite's addon. */
export const ADDON_ASSET = 'better_sqlite3.node';
/** The addon for the keychain of the system: in mpak alone. */
export const KEYRING_ASSET = 'keyring.node';

/** The asset that has the sha256 of an addon, in hexadecimal. */
export function hashAsset(addon: string): string {
  return `${addon}.sha256`;
}
