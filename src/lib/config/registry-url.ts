/** Which registry is meant. */
import { MpakError } from '../errors.ts';

export const DEFAULT_REGISTRY = 'https://registry.mpak.dev';

/**
 * The first that is set: the flag, `MPAK_REGISTRY_URL`, the configuration, the default.
 * @throws MpakError USAGE when it is no URL of a registry
 */
export function chooseRegistry(choice: {
  flag: string | undefined;
  environment: string | undefined;
  config: string | undefined;
}): URL {
  if (choice.flag !== undefined) return parseRegistryUrl(choice.flag, '--registry');
  if (choice.environment) return parseRegistryUrl(choice.environment, 'MPAK_REGISTRY_URL');
  if (choice.config !== undefined) return parseRegistryUrl(choice.config, '"registry" in config.json');
  return new URL(DEFAULT_REGISTRY);
}

/**
 * The URL without a slash at the end, https unless the registry is on this machine.
 * @param source where it was found, for the error
 * @throws MpakError USAGE
 */
export function parseRegistryUrl(text: string, source: string): URL {
  const url = safeUrl(text);
  if (url !== undefined) {
    url.pathname = url.pathname.replace(/\/+$/, '');
    return url;
  }
  const isPlain =
    URL.canParse(text) && new URL(text).protocol === 'http:' && !isLoopback(new URL(text).hostname);
  throw new MpakError('USAGE', `${source} is ${withoutSecret(text)}, which is not the URL of a registry.`, {
    hint: isPlain
      ? 'Use https: plain http is accepted on this machine only.'
      : `Give it as ${DEFAULT_REGISTRY}.`,
  });
}

/**
 * A URL that anything may be asked at: https, or http on this machine, and nothing in it but host and path.
 * @returns undefined when it is another
 */
export function safeUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  const isBare = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return isSafe && isBare ? url : undefined;
}

/** For errors: as it was typed, without what may be a password. */
export function withoutSecret(text: string): string {
  const isOpen = !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === '');
  return isOpen ? JSON.stringify(text) : 'a URL with a user or a password in it';
}

/** Whether a host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
