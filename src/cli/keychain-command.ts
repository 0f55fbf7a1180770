/** The process that asks the keychain: how it is started, and what it does. */
import { mpakHome } from '../lib/config/home.ts';
import type { Keyring, Reach } from '../lib/config/keychain.ts';
import type { KeychainRequest } from '../lib/config/keychain-request.ts';
import { KEYCHAIN_WORD } from './keychain-word.ts';
import { print } from './output.ts';
import { selfCommand } from './self.ts';

const LIMIT_MS = 60_000;

export function keychainReach(): Reach {
  return { command: [...selfCommand(), KEYCHAIN_WORD], limitMs: LIMIT_MS };
}

export function keyringOf(name: string): Keyring {
  return { home: mpakHome(process.env), package: name, ...keychainReach() };
}

/** One request on standard input, one answer on standard output. */
export async function serveKeychain(): Promise<void> {
  const { text } = await import('node:stream/consumers');
  const { answerRequest } = await import('../lib/config/keychain-request.ts');
  const request = JSON.parse(await text(process.stdin)) as KeychainRequest;
  print(JSON.stringify(await answerRequest(request)));
}
