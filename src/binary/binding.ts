/** Takes the place of better-sqlite3's own search for its addon, in a single executable: the addon is an asset of it. */
import os from 'node:os';
import { getRawAsset } from 'node:sea';
import { mpakHome } from '../lib/config/home.ts';
import { ADDON_ASSET, ADDON_HASH_ASSET } from './assets.ts';
import { loadUnpacked } from './unpack.ts';

let loaded: unknown;

/** What better-sqlite3 calls for its addon. */
export function getBinding(): unknown {
  loaded ??= loadUnpacked(
    {
      name: ADDON_ASSET,
      sha256: Buffer.from(getRawAsset(ADDON_HASH_ASSET)).toString('latin1'),
      bytes: new Uint8Array(getRawAsset(ADDON_ASSET)),
    },
    { home: mpakHome(process.env), temporary: os.tmpdir, uid: process.getuid?.() },
    (file) => {
      const module = { exports: {} };
      process.dlopen(module, file);
      return module.exports;
    },
  );
  return loaded;
}
