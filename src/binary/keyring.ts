/** Takes the place of @napi-rs/keyring in a single executable: its addon is an asset of it. Run when it is asked for. */
import { loadAddon } from './addon.ts';
import { KEYRING_ASSET } from './assets.ts';
import { unpackAsset } from './packed.ts';

const addon = loadAddon(KEYRING_ASSET, unpackAsset(KEYRING_ASSET)) as typeof import('@napi-rs/keyring');

export const AsyncEntry = addon.AsyncEntry;
