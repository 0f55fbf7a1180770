/**
 * What the process does that reaches the keychain: macOS's, Windows' Credential Manager, the Secret Service of a Linux
 * desktop. Nothing else loads the native addon.
 */
import { AsyncEntry } from '@napi-rs/keyring';

export type KeychainRequest = { readonly home: string; readonly package: string } & (
  | { readonly action: 'keep'; readonly texts: Readonly<Record<string, string>> }
  | { readonly action: 'read' | 'drop'; readonly keys: readonly string[] }
);

/** @returns what `readSecrets` and its like read: the keys that it was done for, or the texts */
export async function answerRequest(request: KeychainRequest): Promise<object> {
  if (request.action === 'keep') {
    const { texts } = request;
    return {
      keys: await doneFor(Object.keys(texts), async (key) => keep(entryOf(request, key), texts[key] ?? '')),
    };
  }
  if (request.action === 'drop')
    return { keys: await doneFor(request.keys, async (key) => drop(entryOf(request, key))) };
  const texts: [string, string][] = [];
  const failed: [string, string][] = [];
  for (const key of request.keys) {
    try {
      const text = await entryOf(request, key).getPassword();
      if (text !== null) texts.push([key, text]);
    } catch (error) {
      failed.push([key, (error as Error).message]);
    }
  }
  return { texts: Object.fromEntries(texts), failed: Object.fromEntries(failed) };
}

function entryOf({ home, package: name }: KeychainRequest, key: string): AsyncEntry {
  // Not the keyring of the Linux kernel, which the next start of the machine empties.
  return new AsyncEntry(`mpak ${home}`, `${name} ${key}`, { linux: { store: 'secret-service' } });
}

async function doneFor(keys: readonly string[], work: (key: string) => Promise<boolean>): Promise<string[]> {
  const done: string[] = [];
  for (const key of keys) if (await work(key).catch(() => false)) done.push(key);
  return done;
}

/** One that takes everything and keeps nothing is none. */
async function keep(entry: AsyncEntry, text: string): Promise<boolean> {
  await entry.setPassword(text);
  return (await entry.getPassword()) === text;
}

async function drop(entry: AsyncEntry): Promise<boolean> {
  await entry.deletePassword();
  return true;
}
