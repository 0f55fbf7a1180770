/** What commands work with, put together from flags, environment and configuration in one place. */
import { Flags } from '@oclif/core';
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { chooseRegistry } from '../lib/config/registry-url.ts';
import { IndexStore } from '../lib/sync/store.ts';

export const registryFlag = Flags.string({
  description:
    'URL of the registry. Default: MPAK_REGISTRY_URL, then the configuration, then the public one.',
  helpValue: 'URL',
});

/** For what is installed: each package has the registry that it came from. */
export const originFlag = Flags.string({
  description: 'Only what came from this registry. Default: each package by the registry that it came from.',
  helpValue: 'URL',
});

/** The local index of the registry that is meant. */
export function indexStore(flags: { registry: string | undefined }): IndexStore {
  const home = mpakHome(process.env);
  const registry = chooseRegistry({
    flag: flags.registry,
    environment: process.env.MPAK_REGISTRY_URL,
    config: readConfig(home).registry,
  });
  return new IndexStore(home, registry);
}

/** For who looks at what is configured: the environment goes before it. */
export function registryElsewhere(): string | undefined {
  if (!process.env.MPAK_REGISTRY_URL) return undefined;
  return `MPAK_REGISTRY_URL goes before it: ${indexStore({ registry: undefined }).label} is used.`;
}
