/** Takes the place of better-sqlite3's own search for its addon, in a single executable: the addon is an asset of it. */
import { getRawAsset } from 'node:sea';
import { loadAddon } from './addon.ts';
import { ADDON_ASSET } from './assets.ts';

let loaded: unknown;

/** What better-sqlite3 calls for its addon. */
export function getBinding(): unknown {
  loaded ??= loadAddon(ADDON_ASSET, new Uint8Array(getRawAsset(ADDON_ASSET)));
  return loaded;
}
