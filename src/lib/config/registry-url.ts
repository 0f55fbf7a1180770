/** Which registries are meant, and in which order: docs/configuration.md. */
import { MpakError } from '../errors.ts';
import { isObject } from './config-json.ts';

export const DEFAULT_REGISTRY = 'https://registry.mpak.dev';

/** A registry of `registries` in config.json; the order of that list is the order in which names are looked up. */
export interface ConfiguredRegistry {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  /** Fingerprint of the key that must sign its log; without one, the first sync pins the key that is shown. */
  readonly key?: string;
}

/** What holds where nothing is configured. */
export const PUBLIC_REGISTRIES: readonly ConfiguredRegistry[] = [{ name: 'public', url: DEFAULT_REGISTRY }];

export interface Registry {
  /** What it is called here; its URL when it is not configured. */
  readonly name: string;
  readonly url: URL;
  readonly key: string | undefined;
}

export interface Choice {
  /** In the order in which they are asked; never empty. */
  readonly registries: readonly [Registry, ...Registry[]];
  /** One was named, by a flag or the environment: then no other is meant. */
  readonly isNamed: boolean;
}

/**
 * The one that is named, by the flag or by `MPAK_REGISTRY_URL`; else those of the configuration; else the public one.
 * @throws MpakError USAGE when what is named is neither the name of a registry nor a URL of one
 */
export function chooseRegistries(choice: {
  flag: string | undefined;
  environment: string | undefined;
  configured: readonly ConfiguredRegistry[] | undefined;
}): Choice {
  const configured = choice.configured ?? PUBLIC_REGISTRIES;
  const named = (text: string, source: string): Choice => ({
    registries: [findRegistry(configured, text, source)],
    isNamed: true,
  });
  if (choice.flag !== undefined) return named(choice.flag, '--registry');
  if (choice.environment) return named(choice.environment, 'MPAK_REGISTRY_URL');
  const [first, ...others] = configured.map(registryOf) as [Registry, ...Registry[]];
  return { registries: [first, ...others], isNamed: false };
}

function registryOf({ name, url, key }: ConfiguredRegistry): Registry {
  return { name, url: parseRegistryUrl(url, `The registry ${name}`), key };
}

/** By its name or its URL; a URL that is not configured is a registry too. @throws MpakError USAGE */
function findRegistry(configured: readonly ConfiguredRegistry[], text: string, source: string): Registry {
  const byName = configured.find(({ name }) => name === text);
  if (byName !== undefined) return registryOf(byName);
  if (isRegistryName(text)) {
    throw new MpakError('USAGE', `${source} is ${JSON.stringify(text)}, and no registry is called so.`, {
      hint: `Give a URL, or one of ${configured.map(({ name }) => name).join(', ')}: \`mpak registry list\`.`,
    });
  }
  const url = parseRegistryUrl(text, source);
  const label = registryLabel(url);
  const byUrl = configured.find((registry) => registry.url === label);
  return byUrl === undefined ? { name: label, url, key: undefined } : registryOf(byUrl);
}

/** What a registry may be called: nothing that could be a URL. */
export function isRegistryName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,38}$/.test(text);
}

/** Whether a value is a list of registries: one at least, and no two of one name or URL. */
export function isRegistries(value: unknown): value is ConfiguredRegistry[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isConfigured)) return false;
  const distinct = (key: 'name' | 'url') => new Set(value.map((registry) => registry[key])).size;
  return distinct('name') === value.length && distinct('url') === value.length;
}

function isConfigured(value: unknown): value is ConfiguredRegistry {
  if (!isObject(value)) return false;
  const { name, url, key } = value;
  return (
    typeof name === 'string' &&
    isRegistryName(name) &&
    typeof url === 'string' &&
    isRegistryUrl(url) &&
    (key === undefined || (typeof key === 'string' && /^SHA256:[A-Za-z0-9_-]{43}$/.test(key)))
  );
}

/** Whether a text is the URL of a registry, as it is kept. */
export function isRegistryUrl(text: string): boolean {
  const url = safeUrl(text);
  return url !== undefined && registryLabel(url) === text;
}

/** The URL of a registry as people write it. */
export function registryLabel(url: URL): string {
  return url.href.replace(/\/+$/, '');
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
