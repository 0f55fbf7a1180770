/** What commands work with, put together from flags, environment and configuration in one place. */
import { Flags } from '@oclif/core';
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { type Choice, chooseRegistries, registryLabel } from '../lib/config/registry-url.ts';
import { IndexStore } from '../lib/sync/store.ts';

export const registryFlag = Flags.string({
  description:
    'Name or URL of a registry: then no other is meant. Default: MPAK_REGISTRY_URL, then those that are configured.',
  helpValue: 'NAME',
});

/** For what is installed: each package has the registry that it came from. */
export const originFlag = Flags.string({
  description: 'Only what came from this registry. Default: each package by the registry that it came from.',
  helpValue: 'NAME',
});

/** A registry and its index on this machine. */
export interface RegistryIndex {
  /** What it is called; its URL when it is not configured. */
  readonly name: string;
  /** Fingerprint of the key that the configuration demands. */
  readonly key: string | undefined;
  readonly store: IndexStore;
}

interface RegistryFlags {
  readonly registry: string | undefined;
}

/** The registries that are meant, in the order in which they are asked. @throws MpakError USAGE */
export function chosenRegistries({ registry }: RegistryFlags): Choice {
  return chooseRegistries({
    flag: registry,
    environment: process.env.MPAK_REGISTRY_URL,
    configured: readConfig(mpakHome(process.env)).registries,
  });
}

/** Their indexes. @throws MpakError USAGE */
export function registryIndexes(flags: RegistryFlags): readonly [RegistryIndex, ...RegistryIndex[]] {
  const home = mpakHome(process.env);
  const [first, ...others] = chosenRegistries(flags).registries.map(({ name, url, key }) => ({
    name,
    key,
    store: new IndexStore(home, url),
  })) as [RegistryIndex, ...RegistryIndex[]];
  return [first, ...others];
}

/** The URL of the registry that a flag names, as receipts have it. @throws MpakError USAGE */
export function namedRegistry(flag: string | undefined): string | undefined {
  if (flag === undefined) return undefined;
  return registryLabel(chosenRegistries({ registry: flag }).registries[0].url);
}

/** For who looks at what is configured: the environment goes before it. */
export function registryElsewhere(): string | undefined {
  if (!process.env.MPAK_REGISTRY_URL) return undefined;
  const [registry] = chosenRegistries({ registry: undefined }).registries;
  return `MPAK_REGISTRY_URL goes before it: ${registryLabel(registry.url)} is used.`;
}
