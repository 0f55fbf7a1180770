/**
 * Secrets in the keychain of the operating system: macOS's, Windows' Credential Manager, the Secret Service of a Linux
 * desktop. Loaded where one is kept there or is to be kept, and nowhere else: it is a native addon.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MpakError } from '../errors.ts';
import { isStoredValue, type StoredValue, type UserConfig } from './user-config.ts';

/** Which setting of which package; every home of mpak has its own. */
export interface SecretId {
  readonly home: string;
  readonly package: string;
  readonly key: string;
}

/** A keychain may ask the user to unlock it. */
const WAIT_MS = 60_000;
/** What Windows takes, less than any other. */
const MOST_BYTES = 1200;

/** @returns false where there is no keychain, or it does not take this: nothing is kept then */
export async function keepSecret(id: SecretId, value: StoredValue): Promise<boolean> {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MOST_BYTES) return false;
  try {
    const entry = await open(id);
    await inTime(entry.setPassword(text));
    // One that takes everything and keeps nothing is none.
    return (await inTime(entry.getPassword())) === text;
  } catch {
    return false;
  }
}

/** The values that are in the keychain. @throws MpakError KEYCHAIN when one cannot be had */
export async function readSecrets(
  { home, package: name }: Omit<SecretId, 'key'>,
  keys: readonly string[],
): Promise<UserConfig> {
  const values: [string, StoredValue][] = [];
  for (const key of keys) values.push([key, await readSecret({ home, package: name, key })]);
  return Object.fromEntries(values);
}

/** @returns false when it may be there still */
export async function dropSecret(id: SecretId): Promise<boolean> {
  try {
    await inTime((await open(id)).deletePassword());
    return true;
  } catch {
    return false;
  }
}

async function readSecret(id: SecretId): Promise<StoredValue> {
  let text: string | null;
  try {
    text = await inTime((await open(id)).getPassword());
  } catch (cause) {
    throw unavailable(id, (cause as Error).message, cause);
  }
  if (text === null) throw unavailable(id, 'it is not there', undefined);
  try {
    const value: unknown = JSON.parse(text);
    if (isStoredValue(value)) return value;
  } catch {}
  throw unavailable(id, 'it is not what mpak has put there', undefined);
}

async function open({ home, package: name, key }: SecretId) {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // Not the keyring of the Linux kernel, which the next start of the machine empties.
  return new AsyncEntry(`mpak ${home}`, `${name} ${key}`, { linux: { store: 'secret-service' } });
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(WAIT_MS, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error('it does not answer');
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

function unavailable({ package: name, key }: SecretId, why: string, cause: unknown): MpakError {
  const message = `"${key}" of ${name} is in the keychain of the system, which does not give it: ${why}.`;
  return new MpakError('KEYCHAIN', message, {
    hint: `Is it unlocked, and can this program reach it? Else set it again: \`mpak config set ${name} ${key}=-\`.`,
    cause,
  });
}
