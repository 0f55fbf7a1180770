/** Loads an addon that is an asset of this executable. */
import os from 'node:os';
import { getRawAsset } from 'node:sea';
import { mpakHome } from '../lib/config/home.ts';
import { hashAsset } from './assets.ts';
import { loadUnpacked } from './unpack.ts';

/**
 * @param bytes of the addon @throws when the executable has none of that name, or there is no place for it
 */
export function loadAddon(name: string, bytes: Uint8Array): unknown {
  return loadUnpacked(
    {
      name,
      sha256: Buffer.from(getRawAsset(hashAsset(name))).toString('latin1'),
      bytes,
    },
    { home: mpakHome(process.env), temporary: os.tmpdir, uid: process.getuid?.() },
    (file) => {
      const module = { exports: {} };
      process.dlopen(module, file);
      return module.exports;
    },
  );
}
