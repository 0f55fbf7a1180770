/** What a bundle needs before an AI client can start it: to be installed, and its settings. */
import type { PackageName } from '../lib/bundle/name.ts';
import { BundleCache } from '../lib/cache/bundle-cache.ts';
import { mpakHome } from '../lib/config/home.ts';
import { type InstallFlags, installPackage } from './installer.ts';

/** @param note says something to the user */
export async function makeReady(
  name: PackageName,
  flags: InstallFlags,
  userAgent: string,
  note: (text: string) => void,
): Promise<void> {
  const cache = new BundleCache(mpakHome(process.env));
  if (cache.findCurrent(name) === undefined) {
    const { installed } = await installPackage(name, flags, userAgent);
    note(`Installed ${name} ${installed.version}.`);
  }
}
