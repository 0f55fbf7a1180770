/** Changes of the list of registries: docs/configuration.md. A change that would leave an unusable list is refused. */
import { MpakError } from '../errors.ts';
import { fingerprint, parseFingerprint } from '../log/key.ts';
import type { Config } from './config.ts';
import type { JsonObject } from './config-json.ts';
import {
  type ConfiguredRegistry,
  isRegistryName,
  PUBLIC_REGISTRIES,
  parseRegistryUrl,
  registryLabel,
} from './registry-url.ts';

export function configuredRegistries({ registries }: Config): readonly ConfiguredRegistry[] {
  return registries ?? PUBLIC_REGISTRIES;
}

/** A registry as it was typed, checked. @throws MpakError USAGE */
export function parseRegistry(name: string, url: string, key: string | undefined): ConfiguredRegistry {
  if (!isRegistryName(name)) {
    throw new MpakError('USAGE', `${JSON.stringify(name)} cannot be the name of a registry.`, {
      hint: 'A name is of up to 39 lower-case letters, digits and hyphens.',
    });
  }
  return {
    name,
    url: registryLabel(parseRegistryUrl(url, 'The URL')),
    ...(key !== undefined && { key: fingerprint(parseFingerprint(key)) }),
  };
}

/**
 * The file with a registry more: behind the others, or before all of them.
 * @throws MpakError USAGE when one of that name or URL is there
 */
export function addRegistry(
  json: JsonObject,
  config: Config,
  registry: ConfiguredRegistry,
  { first }: { readonly first: boolean },
): JsonObject {
  const known = configuredRegistries(config);
  const same = known.find(({ name, url }) => name === registry.name || url === registry.url);
  if (same !== undefined) {
    const what = same.name === registry.name ? `A registry ${same.name}` : `${same.url}`;
    throw new MpakError('USAGE', `${what} is configured already: ${same.name}, ${same.url}.`, {
      hint: `\`mpak registry remove ${same.name}\` first, to change it.`,
    });
  }
  return { ...json, registries: first ? [registry, ...known] : [...known, registry] };
}

/** The file without a registry. @throws MpakError NOT_FOUND, USAGE when it is the only one */
export function removeRegistry(json: JsonObject, config: Config, name: string): JsonObject {
  const known = configuredRegistries(config);
  requireRegistry(known, name);
  if (known.length === 1) {
    throw new MpakError('USAGE', `${name} is the only registry: nothing would be left to ask.`, {
      hint: 'Add another one first: `mpak registry add NAME URL`.',
    });
  }
  return { ...json, registries: known.filter((registry) => registry.name !== name) };
}

/** The file with a registry before all others. @throws MpakError NOT_FOUND */
export function putFirst(json: JsonObject, config: Config, name: string): JsonObject {
  const known = configuredRegistries(config);
  const first = requireRegistry(known, name);
  return { ...json, registries: [first, ...known.filter((registry) => registry !== first)] };
}

function requireRegistry(known: readonly ConfiguredRegistry[], name: string): ConfiguredRegistry {
  const registry = known.find((one) => one.name === name);
  if (registry !== undefined) return registry;
  throw new MpakError('NOT_FOUND', `No registry is called ${JSON.stringify(name)}.`, {
    hint: `There ${known.length === 1 ? 'is' : 'are'} ${known.map((one) => one.name).join(', ')}.`,
  });
}
