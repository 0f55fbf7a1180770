/** The registries that are configured, and what is known of each: for commands that list or change them. */
import { readConfig } from '../lib/config/config.ts';
import { mpakHome } from '../lib/config/home.ts';
import { configuredRegistries } from '../lib/config/registry-list.ts';
import { type Overview, overview, unsignedBeforeSigned } from '../lib/sync/overview.ts';
import { IndexStore } from '../lib/sync/store.ts';
import { age, grouped } from './format.ts';
import type { Screen } from './screen.ts';
import { tableLines } from './table.ts';

export interface RegistryRow extends Overview {
  /** Its place in the order in which names are looked up, from 1. */
  readonly position: number;
  readonly name: string;
  readonly url: string;
  /** Fingerprint of the key that the configuration demands; null when it leaves it to the first sync. */
  readonly required_key: string | null;
  /** Where its index is kept. */
  readonly folder: string;
}

export function registryRows(): RegistryRow[] {
  const home = mpakHome(process.env);
  return configuredRegistries(readConfig(home)).map(({ name, url, key }, at) => {
    const store = new IndexStore(home, new URL(url));
    return {
      position: at + 1,
      name,
      url,
      required_key: key ?? null,
      ...overview(store),
      folder: store.folder,
    };
  });
}

const KINDS = { signed: 'signed log', bundles: 'crawled, UNSIGNED', mcp: 'MCP registry, UNSIGNED' } as const;

export function registryLines(rows: readonly RegistryRow[], now: number, screen: Screen): string[] {
  return tableLines(
    ['NAME', 'URL', 'KIND', 'PACKAGES', 'SYNCED', 'KEY'],
    rows.map(({ name, url, kind, packages, synced_at, key, required_key, problem }) => [
      name,
      url,
      problem !== null ? 'UNREADABLE' : kind === null ? 'not synced' : KINDS[kind],
      packages === null ? '-' : grouped(packages),
      synced_at === null ? '-' : `${age(now - Date.parse(synced_at))} ago`,
      key ?? (required_key === null ? '-' : `${required_key} (required)`),
    ]),
    screen,
  );
}

/** A line for stderr when names are taken from an unsigned registry before a signed one is asked. */
export function orderWarning(rows: readonly Pick<RegistryRow, 'name' | 'signed'>[]): string | undefined {
  const found = unsignedBeforeSigned(rows);
  if (found === undefined) return undefined;
  const [{ name }, signed] = found;
  return (
    `${name} is unsigned and comes before ${signed.name}, which is signed: whoever answers for ${name} decides what ` +
    `a name means that both have. \`mpak registry default ${signed.name}\` turns that around.`
  );
}
