/**
 * The archive of a package, to be looked into and not installed: what is installed, else what the index names. Its bytes
 * are what the signed log says; whether somebody proved to have built them is said beside.
 */
import type { PackageReference } from '../bundle/name.ts';
import { Archives } from '../cache/archives.ts';
import type { BundleCache, Installed } from '../cache/bundle-cache.ts';
import type { RegistryRecord, VerifiedProvenance } from '../certification/context.ts';
import { verifiedProvenance } from '../certification/verified-provenance.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { refusal } from '../provenance/verify.ts';
import { download } from '../remote/download.ts';
import type { IndexStore } from '../sync/store.ts';
import { type InstallOptions, verifyResolved } from './install.ts';
import { askIndex, originOf } from './origin.ts';
import { identify, type Resolved } from './resolve.ts';

export interface ArchiveOptions
  extends Pick<InstallOptions, 'settings' | 'userAgent' | 'now' | 'onBytes' | 'warn'> {
  readonly cache: BundleCache;
  readonly reference: PackageReference;
  readonly platform: Platform;
  /** The index that the name means: asked when nothing is installed. */
  readonly store: () => Promise<IndexStore>;
  /** The registry was named: what is installed from another one is another package. */
  readonly isNamed: boolean;
}

export interface PackageArchive {
  readonly resolved: Resolved;
  readonly bytes: Buffer;
  /** Undefined: nobody could be asked. Null: there is none that verifies. */
  readonly attestation: VerifiedProvenance | null | undefined;
  /** Undefined for what the registry imported. */
  readonly registry: RegistryRecord | undefined;
}

/** @throws MpakError as resolving and downloading do; also of a revoked version */
export async function packageArchive(options: ArchiveOptions): Promise<PackageArchive> {
  const { cache, now, userAgent, onBytes } = options;
  const { store, resolved } = await locate(options);
  const { sha256, url, size, state } = resolved.artifact;
  const archives = new Archives(cache.home);
  const fetch = (file: string) =>
    download({
      ...{ url, registry: store.registry, file, size, sha256, state, userAgent },
      onBytes: (done) => onBytes(done, size),
    });
  const bytes = archives.read(sha256, now()) ?? (await archives.add(sha256, now(), fetch));
  const attestation = await attestationOf({ ...options, store }, resolved);
  return { resolved, bytes, attestation, registry: recordOf(resolved) };
}

async function locate(options: ArchiveOptions): Promise<{ store: IndexStore; resolved: Resolved }> {
  const { cache, reference, platform } = options;
  const { name, version } = reference;
  const installed = await findInstalled(options);
  if (installed === undefined) {
    const store = await options.store();
    const wanted = version === undefined ? name : `${name}@${version}`;
    return { store, resolved: askIndex(store, (db) => identify(db, wanted, platform)) };
  }
  const { receipt } = installed;
  const origin = originOf(cache, installed);
  const resolved = askIndex(origin, (db) => identify(db, `${name}@${installed.version}`, receipt.platform));
  if (resolved.artifact.sha256 === receipt.artifact.sha256) return { store: origin, resolved };
  throw new MpakError(
    'CACHE_DAMAGED',
    `${name} ${installed.version} is installed with sha256 ${receipt.artifact.sha256}, and the log says ${resolved.artifact.sha256}.`,
    { hint: `Remove it: \`mpak bundle remove ${name}@${installed.version}\`.` },
  );
}

async function findInstalled({
  cache,
  reference,
  store,
  isNamed,
}: ArchiveOptions): Promise<Installed | undefined> {
  const { name, version } = reference;
  const installed = version === undefined ? cache.findCurrent(name) : cache.find(name, version);
  if (!isNamed || installed === undefined) return installed;
  return installed.receipt.registry === (await store()).label ? installed : undefined;
}

async function attestationOf(
  options: Parameters<typeof verifyResolved>[0],
  resolved: Resolved,
): Promise<VerifiedProvenance | null | undefined> {
  try {
    const verification = await verifyResolved(options, resolved);
    if (verification.verified) return verifiedProvenance(verification, resolved.artifact.sha256);
    if (verification.code !== 'ATTESTATION_MISSING')
      options.warn(refusal(verification, `${resolved.name} ${resolved.version}`).message);
    return null;
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    if (error.code !== 'NETWORK' && error.code !== 'REGISTRY_ANSWER') throw error;
    options.warn(`Its attestation is not looked at: ${error.message}`);
    return undefined;
  }
}

function recordOf({ provenance }: Resolved): RegistryRecord | undefined {
  if (provenance === null) return undefined;
  const { repository, sha, claims } = provenance;
  return { owner: claims.owner, repository, commit: sha };
}
