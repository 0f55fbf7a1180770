/**
 * Secrets in the keychain of the operating system, which another process asks: what reaches a keychain is native code that
 * waits as long as the keychain does, from its first call on, and no timer runs and no process ends before it returns.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MpakError } from '../errors.ts';
import { isObject } from './config-json.ts';
import type { KeychainRequest } from './keychain-request.ts';
import { isStoredValue, type StoredValue, type UserConfig } from './user-config.ts';

/** How a keychain is reached. */
export interface Reach {
  /** The words that start the process that answers requests. Secrets go through its standard input and output alone. */
  readonly command: readonly string[];
  /** For one request. A keychain may ask the user to unlock it. */
  readonly limitMs: number;
}

/** Whose secrets; every home of mpak has its own. */
export interface Keyring extends Reach {
  readonly home: string;
  readonly package: string;
}

/** What Windows takes, less than any other. */
const MOST_BYTES = 1200;

/** @returns the keys that are kept: none where there is no keychain, and not what it does not take */
export async function keepSecrets(
  keyring: Keyring,
  values: Readonly<Record<string, StoredValue>>,
): Promise<string[]> {
  const texts = Object.entries(values)
    .map(([key, value]) => [key, JSON.stringify(value)] as const)
    .filter(([, text]) => Buffer.byteLength(text) <= MOST_BYTES);
  if (texts.length === 0) return [];
  try {
    return keysOf(await ask(keyring, { action: 'keep', texts: Object.fromEntries(texts) }));
  } catch {
    return [];
  }
}

/** The values that are in the keychain. @throws MpakError KEYCHAIN when one cannot be had */
export async function readSecrets(keyring: Keyring, keys: readonly string[]): Promise<UserConfig> {
  const [first = ''] = keys;
  let answer: unknown;
  try {
    answer = await ask(keyring, { action: 'read', keys });
  } catch (cause) {
    throw unavailable(keyring, first, (cause as Error).message, cause);
  }
  const { texts, failed } = isObject(answer) ? answer : {};
  return Object.fromEntries(
    keys.map((key) => {
      const why = isObject(failed) ? failed[key] : undefined;
      if (typeof why === 'string') throw unavailable(keyring, key, why, undefined);
      const text = isObject(texts) ? texts[key] : undefined;
      if (typeof text !== 'string') throw unavailable(keyring, key, 'it is not there', undefined);
      return [key, storedValue(keyring, key, text)];
    }),
  );
}

/** @returns keys that may be there still */
export async function dropSecrets(keyring: Keyring, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  try {
    const gone = keysOf(await ask(keyring, { action: 'drop', keys }));
    return keys.filter((key) => !gone.includes(key));
  } catch {
    return [...keys];
  }
}

type Asked<T> = T extends unknown ? Omit<T, 'home' | 'package'> : never;

async function ask(
  { home, package: name, command, limitMs }: Keyring,
  request: Asked<KeychainRequest>,
): Promise<unknown> {
  const [file = '', ...words] = command;
  const child = spawn(file, words, {
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  // It may have ended before it has read.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify({ ...request, home, package: name }));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error('it does not answer');
  return JSON.parse(said);
}

function keysOf(answer: unknown): string[] {
  const keys = isObject(answer) ? answer.keys : undefined;
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
}

function storedValue(keyring: Keyring, key: string, text: string): StoredValue {
  try {
    const value: unknown = JSON.parse(text);
    if (isStoredValue(value)) return value;
  } catch {}
  throw unavailable(keyring, key, 'it is not what mpak has put there', undefined);
}

function unavailable({ package: name }: Keyring, key: string, why: string, cause: unknown): MpakError {
  const message = `"${key}" of ${name} is in the keychain of the system, which does not give it: ${why}.`;
  return new MpakError('KEYCHAIN', message, {
    hint: `Is it unlocked, and can this program reach it? Else set it again: \`mpak config set ${name} ${key}=-\`.`,
    cause,
  });
}
