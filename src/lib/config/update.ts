/** Changes `config.json`: whole or not at all, one process after the other, and keeps what it does not know. */
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../files.ts';
import { withLock } from '../lock.ts';
import { type Config, configFile, parseConfig, readConfigJson } from './config.ts';
import type { JsonObject } from './config-json.ts';

/** How long one process waits for another, in milliseconds. */
const LOCK_WAIT_MS = 10_000;
/** It holds secrets: nobody but its owner reads it. */
const MODE = 0o600;

/**
 * @param change returns the new content of the file; what it throws leaves the file as it is
 * @throws MpakError USAGE when the file is no configuration, BUSY
 */
export async function updateConfig(
  home: string,
  change: (json: JsonObject, config: Config) => JsonObject,
): Promise<void> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const options = { waitMs: LOCK_WAIT_MS, holder: 'Another `mpak config`' };
  await withLock(path.join(home, 'config.lock'), options, async () => {
    const file = target(configFile(home));
    const json = readConfigJson(file);
    const changed = change(json, parseConfig(json, file));
    parseConfig(changed, file);
    writeFileAtomic(file, `${JSON.stringify(changed, undefined, 2)}\n`, MODE);
  });
}

/** The file itself, where people keep a link to it. */
function target(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return file;
    throw error;
  }
}
