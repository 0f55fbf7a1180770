/** Installed bundles, as commands print them and answer them in JSON. */
import type { BundleCache, Installed } from '../lib/cache/bundle-cache.ts';

export interface InstalledRow {
  readonly name: string;
  readonly version: string;
  /** This is the version that runs. */
  readonly current: boolean;
  readonly platform: string;
  readonly registry: string;
  /** A log that somebody signed said what it is. */
  readonly signed: boolean;
  readonly sha256: string;
  /** A valid attestation proved who built it. */
  readonly attested: boolean;
  readonly installed_at: string;
  readonly folder: string;
}

export function installedRow(cache: BundleCache, installed: Installed): InstalledRow {
  const { name, version, folder, receipt } = installed;
  return {
    name,
    version,
    current: cache.current(name)?.version === version,
    platform: `${receipt.platform.os}-${receipt.platform.arch}`,
    registry: receipt.registry,
    signed: (receipt.index_source ?? 'signed') === 'signed',
    sha256: receipt.artifact.sha256,
    attested: receipt.provenance !== null,
    installed_at: receipt.installed_at,
    folder,
  };
}
