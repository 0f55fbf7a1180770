/** What a bundle needs before an AI client can start it: to be installed, and its settings. */
import type { PackageName } from '../lib/bundle/name.ts';
import { BundleCache, type Installed } from '../lib/cache/bundle-cache.ts';
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { keychainKeys } from '../lib/config/stored-settings.ts';
import { userConfig } from '../lib/config/user-config.ts';
import { originOf } from '../lib/install/origin.ts';
import { refuseRevoked, standingOf } from '../lib/install/standing.ts';
import { askForFields, isInteractive } from '../lib/launch/ask.ts';
import type { Field } from '../lib/launch/manifest.ts';
import { readManifest } from '../lib/launch/prepare.ts';
import { type InstallFlags, installPackage } from './installer.ts';
import { asKept, keep, keptLines } from './keep.ts';

/** @param note says something to the user @throws MpakError as installing does, and when what is here is revoked */
export async function makeReady(
  name: PackageName,
  flags: InstallFlags,
  userAgent: string,
  note: (text: string) => void,
): Promise<void> {
  const here = findInstalled(name);
  if (here !== undefined) {
    const { version } = here;
    const cache = new BundleCache(mpakHome(process.env));
    refuseRevoked(standingOf(originOf(cache, here), name, version), name, version);
  } else {
    const { installed } = await installPackage(name, flags, userAgent);
    note(`Installed ${name} ${installed.version}.`);
  }
  await askForSettings(name, note);
}

function findInstalled(name: PackageName): Installed | undefined {
  return new BundleCache(mpakHome(process.env)).findCurrent(name);
}

/**
 * Asks for the settings that a bundle does not start without, and keeps them: a client has nobody to ask, and its file
 * is no place for a secret.
 */
export async function askForSettings(name: PackageName, note: (text: string) => void): Promise<void> {
  const installed = findInstalled(name);
  if (installed === undefined) return;
  const { fields } = readManifest(installed.folder);
  const config = readConfig(mpakHome(process.env));
  const set = [...Object.keys(userConfig(config, name)), ...keychainKeys(config, name)];
  const missing = fields.filter((field) => isNeeded(field) && !set.includes(field.key));
  if (missing.length === 0) return;
  const terminal = { input: process.stdin, output: process.stderr };
  if (!isInteractive(terminal)) {
    const commands = missing.map(
      ({ key, sensitive }) => `mpak config set ${name} ${key}=${sensitive ? '-' : '…'}`,
    );
    note(`It does not start before these are set: ${commands.join('; ')}`);
    return;
  }
  const answers = Object.entries(await askForFields(missing, terminal));
  const values = answers.map(([key, value]) => {
    const field = missing.find((other) => other.key === key);
    return [key, field === undefined ? value : asKept(field, value)] as const;
  });
  const kept = await keep(name, new Map(values), fields);
  for (const line of keptLines(kept, fields)) note(line);
}

function isNeeded({ required, default: preset }: Field): boolean {
  return required && (preset === undefined || preset.length === 0);
}
