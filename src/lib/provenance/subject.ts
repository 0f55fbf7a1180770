/** What is to be verified, and what is known of it beforehand: a package of the index, or a file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type PackageName, parsePackageReference, scopeOf } from '../bundle/name.ts';
import { releaseRepository } from '../crawl/release-repository.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { identify, type Resolved } from '../install/resolve.ts';
import type { Provenance } from '../log/entry.ts';
import { requireRegularFile } from '../regular-file.ts';
import type { IndexStore } from '../sync/store.ts';
import { namesSigner } from './demand.ts';
import type { Digest, DigestAlgorithm, SignerRequirement } from './policy.ts';

export interface Subject {
  readonly digest: Digest;
  /** Lower-case hex: what attestations are looked up by. */
  readonly sha256: string;
  /** The local file; undefined for a package. */
  readonly file: string | undefined;
  /** `Owner/repo` that the registry recorded. */
  readonly repository: string | undefined;
  /** SHA-256 of the registry's attestations, as its log says it; null when it has none. */
  readonly logged: string | null;
  /** What is known beforehand of whoever may have built it. */
  readonly signer: readonly SignerRequirement[];
  /** What its registry warns of; undefined: nothing. */
  readonly warning: string | undefined;
}

/** Whether a target is a package's name; anything else is a file. */
export function isPackage(target: string): boolean {
  return parsePackageReference(target) !== undefined;
}

/**
 * The artifact of a package for a platform, by the index alone: the signed log says its digest.
 * Also of a revoked version.
 * @param api GitHub's REST API
 * @throws MpakError ATTESTATION_MISSING when nobody could have attested it, USAGE, NOT_FOUND, and as opening the index does
 */
export function subjectOfPackage(
  store: IndexStore,
  reference: string,
  platform: Platform,
  algorithm: DigestAlgorithm,
  api: URL,
): Subject {
  if (algorithm !== 'sha256') {
    throw new MpakError('USAGE', `The log knows the sha256 of ${reference}, not its ${algorithm}.`, {
      hint: 'Pass the bundle as a file to compare another digest.',
    });
  }
  const db = store.open();
  try {
    const resolved = identify(db, reference, platform);
    const { sha256, attestation_sha256: logged } = resolved.artifact;
    const builder = builderRequirement(resolved, api);
    if (builder === undefined) {
      const { name, version, artifact } = resolved;
      const { host } = new URL(artifact.url);
      throw new MpakError(
        'ATTESTATION_MISSING',
        `Nothing says who built ${name} ${version}: its registry signs nothing, and ${host} has no owners that are known.`,
        { hint: 'Pass the bundle as a file to verify it by what you know of its publisher.' },
      );
    }
    return {
      digest: { algorithm, value: sha256 },
      sha256,
      file: undefined,
      repository: builder.repository,
      logged,
      signer: builder.signer,
      warning: warningOf(resolved),
    };
  } finally {
    db.close();
  }
}

/**
 * A file, which has no scope to compare with.
 * @param demanded what the user demands
 * @throws MpakError USAGE when that says nothing of whose it is, NOT_FOUND
 */
export async function subjectOfFile(
  file: string,
  demanded: SignerRequirement,
  algorithm: DigestAlgorithm,
): Promise<Subject> {
  if (!namesSigner(demanded)) {
    throw new MpakError('USAGE', `Who should have built ${file}? Anybody can attest anything.`, {
      hint: 'Give one of `--owner`, `--repo`, `--cert-identity` and `--cert-identity-regex`.',
    });
  }
  const digests = await fileDigests(file);
  return {
    digest: { algorithm, value: digests[algorithm] },
    sha256: digests.sha256,
    file,
    repository: undefined,
    logged: null,
    signer: [],
    warning: undefined,
  };
}

function warningOf({ name, version, revoked }: Resolved): string | undefined {
  return revoked === null
    ? undefined
    : `${name} ${version} is revoked: ${revoked}. It is not installed and not run.`;
}

/**
 * What is demanded of whoever built a package of any index. Where nothing is signed, what a registry says of who built it
 * counts for nothing: the owner of the repository on whose release the asset lies must have.
 * @returns undefined when the asset lies anywhere else: then nobody's attestation would say anything
 */
export function builderRequirement(
  resolved: Pick<Resolved, 'source' | 'name' | 'ownerId' | 'provenance' | 'artifact'>,
  api: URL,
): { readonly repository: string | undefined; readonly signer: readonly SignerRequirement[] } | undefined {
  const { source, name, provenance, artifact } = resolved;
  const repository = releaseRepository(artifact.url, api);
  const owner = repository?.slice(0, repository.indexOf('/')).toLowerCase();
  if (source === 'signed') {
    // What was imported from the releases of its scope's owner may be attested there.
    const imported = owner === scopeOf(name) ? repository : undefined;
    return { repository: provenance?.repository ?? imported, signer: [registryRequirement(resolved)] };
  }
  if (repository === undefined || owner === undefined) return undefined;
  const signer = [{ owner, repository }];
  // There a scope is the login of its owner (API.md): a name must not promise another.
  return { repository, signer: source === 'bundles' ? [...signer, { owner: scopeOf(name) }] : signer };
}

/** What the index demands of whoever built a package: its scope's owner, and the source that the registry recorded. */
export function registryRequirement({
  name,
  ownerId,
  provenance,
}: {
  readonly name: PackageName;
  /** Of the account that first used the scope; null when none has announced in it. */
  readonly ownerId: string | null;
  /** Null for what the registry imported. */
  readonly provenance: Provenance | null;
}): SignerRequirement {
  return {
    owner: scopeOf(name),
    ...(ownerId !== null && { ownerId }),
    ...(provenance !== null && {
      repository: provenance.repository,
      ref: provenance.claims.ref,
      commit: provenance.sha,
    }),
  };
}

/** @throws MpakError USAGE when it is no regular file, NOT_FOUND, or what the file system says */
async function fileDigests(file: string): Promise<Record<DigestAlgorithm, string>> {
  const sha256 = createHash('sha256');
  const sha512 = createHash('sha512');
  try {
    // A pipe may never say anything, and a device never end.
    requireRegularFile(file);
    for await (const chunk of createReadStream(file)) {
      sha256.update(chunk as Buffer);
      sha512.update(chunk as Buffer);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new MpakError('NOT_FOUND', `There is no file ${file}.`, {
      hint: 'A package is named @scope/name; anything else is a file.',
    });
  }
  return { sha256: sha256.digest('hex'), sha512: sha512.digest('hex') };
}
