/** The addon for the keychain of the system, of the platform that an executable is for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { PinnedFile, Target } from './node-binary.ts';

const ROOT = path.join(import.meta.dirname, '..');

/** As the package calls its platforms. */
const PLATFORMS: Readonly<Record<Target, string>> = {
  'linux-x64': 'linux-x64-gnu',
  'linux-arm64': 'linux-arm64-gnu',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win-x64': 'win32-x64-msvc',
};

/** Pinned by the lockfile, which knows the packages of every platform. */
export function keyringPackage(target: Target): PinnedFile {
  const name = `@napi-rs/keyring-${PLATFORMS[target]}`;
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  return { name, version, integrity, file: `keyring.${PLATFORMS[target]}.node` };
}
