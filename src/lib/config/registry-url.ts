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
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new MpakError(
      'USAGE',
      `${source} is ${JSON.stringify(text)}, which is not the URL of a registry.`,
      {
        hint: `Give it as ${DEFAULT_REGISTRY}.`,
      },
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new MpakError('USAGE', `${source} is ${text}: plain http is accepted on this machine only.`, {
      hint: 'Use https.',
    });
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Whether a host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
