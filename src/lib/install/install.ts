/**
 * From a name to a bundle on the disk:
 *
 *   resolve (index) ─► attestation, by the digest that the log says ─► consent ─► download ─► sha256 ─► archive guard
 *     ─► extract aside ─► rename ─► receipt ─► current
 *
 * Nothing is extracted that was not proven, or accepted without proof by explicit wish. Processes that want the same
 * package wait for each other, and find it done.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readArchive } from '../bundle/archive.ts';
import { extractAside } from '../bundle/extract.ts';
import type { PackageName } from '../bundle/name.ts';
import { Archives } from '../cache/archives.ts';
import { rememberAttested } from '../cache/attested.ts';
import type { BundleCache, Installed } from '../cache/bundle-cache.ts';
import { contentDigest } from '../cache/content.ts';
import { type Receipt, writeReceipt } from '../cache/receipt.ts';
import type { UnattestedPolicy } from '../config/policy.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { versionDetail } from '../index/read.ts';
import { artifactCertification } from '../index/read-artifact-certification.ts';
import { sourceOf } from '../index/read-source.ts';
import type { ProvenanceSettings } from '../provenance/settings.ts';
import { verifyFromSources } from '../provenance/sources.ts';
import { SLSA_PROVENANCE_V1 } from '../provenance/statement.ts';
import { builderRequirement } from '../provenance/subject.ts';
import { loadTrustedRoot } from '../provenance/trusted-root.ts';
import { NO_ATTESTATION, refusal, type Verification, type Verified } from '../provenance/verify.ts';
import { download } from '../remote/download.ts';
import { fetchFindings } from '../remote/scan-client.ts';
import type { IndexStore } from '../sync/store.ts';
import { requireLevel } from './minimum-level.ts';
import { type Proposal, permissionsOf, publisherOf } from './proposal.ts';
import { type Resolved, resolve } from './resolve.ts';
import { type Acceptance, refusedUnattested, refuseLost } from './unattested.ts';

export interface InstallOptions {
  readonly store: IndexStore;
  readonly cache: BundleCache;
  /** As typed: `@scope/name`, with a version, a range or `latest` behind another `@`. */
  readonly reference: string;
  readonly platform: Platform;
  readonly settings: ProvenanceSettings;
  readonly userAgent: string;
  readonly now: () => Date;
  /** `policy.unattested` and its list. */
  readonly unattested: UnattestedPolicy;
  /**
   * Whether a package is accepted that has no attestation; undefined: it is refused. What has one that is refused is
   * refused all the same, and so is what had one before.
   */
  readonly acceptUnattested: (name: PackageName) => Acceptance | undefined;
  /** One version is meant for this once: it does not become the one that runs, unless none does. */
  readonly pinned: boolean;
  /** `policy.minimumLevel`. */
  readonly minimumLevel: number | undefined;
  /** Says what is to be installed. @returns whether somebody has to be asked @throws MpakError CONSENT_REQUIRED */
  readonly needsAsking: (proposal: Proposal) => boolean;
  /** Agrees by returning. Other processes may change the package meanwhile. @throws MpakError CONSENT_REQUIRED */
  readonly ask: (proposal: Proposal) => Promise<void>;
  readonly onBytes: (done: number, total: number) => void;
  /** Told what the user should know, whatever comes of the work. */
  readonly warn: (text: string) => void;
}

export interface InstallResult {
  readonly installed: Installed;
  /** What was done: nothing, only made current again, or installed. */
  readonly action: 'none' | 'switched' | 'installed';
}

/** @throws MpakError with a code of its own for each refusal, BELOW_LEVEL too; nothing has changed then */
export async function install(options: InstallOptions): Promise<InstallResult> {
  const { store, cache, reference, platform, minimumLevel } = options;
  const subject = describe(store, reference, platform, options.now());
  const { name } = subject.resolved;
  const ready = findReady(options, subject.resolved);
  if (ready !== undefined && !becomesCurrent(options, ready)) return { installed: ready, action: 'none' };
  requireLevel(subject.certification, minimumLevel, subject.resolved);
  let step = await cache.change(name, () => advance(options, subject, undefined));
  while ('proposal' in step) {
    // Nobody waits for another process while somebody thinks.
    await options.ask(step.proposal);
    const agreed = step.proposal;
    // The registry, or another process, may have changed what was agreed to in the meantime.
    const now = describe(store, reference, platform, options.now());
    requireLevel(now.certification, minimumLevel, now.resolved);
    step = await cache.change(name, () => advance(options, now, agreed));
  }
  return step;
}

/** Does the work, as far as it goes without asking somebody. Call it in `change`. */
async function advance(
  options: InstallOptions,
  subject: Subject,
  agreed: Proposal | undefined,
): Promise<InstallResult | { readonly proposal: Proposal }> {
  const { cache } = options;
  const { name, version } = subject.resolved;
  // Another process may have done it in the meantime.
  const done = findReady(options, subject.resolved);
  if (done !== undefined) {
    const action = becomesCurrent(options, done) ? 'switched' : 'none';
    if (action === 'switched') cache.setCurrent(name, version);
    return { installed: done, action };
  }
  const isProven = agreed !== undefined && isDeepStrictEqual(agreed.resolved, subject.resolved);
  const verified = isProven ? agreed.verified : await prove(options, subject.resolved);
  const isSaid = isProven && isDeepStrictEqual(agreed.certification, subject.certification);
  const findings = isSaid ? agreed.findings : await findingsOf(options, subject);
  const proposal: Proposal = { ...subject, verified, findings, current: cache.baseline(name) };
  const isAgreed = agreed !== undefined && isDeepStrictEqual(agreed, proposal);
  if (!isAgreed && options.needsAsking(proposal)) return { proposal };
  const content = takeOver(cache, subject) ?? (await fetchAndExtract(options, subject));
  // Before anything says that it is here: it must be proven from then on.
  if (verified !== null) rememberAttested(cache, name, options.store.label, version);
  writeReceipt(cache.receiptFile(name, version), receiptOf(options, subject, verified, content));
  const installed = cache.find(name, version) as Installed;
  if (becomesCurrent(options, installed)) cache.setCurrent(name, version);
  return { installed, action: 'installed' };
}

/** What there is to say before somebody agrees, as far as the registry says it now. */
async function findingsOf(
  { store, userAgent }: InstallOptions,
  { resolved, certification }: Subject,
): Promise<Proposal['findings']> {
  if (certification === null) return null;
  return fetchFindings(store.registry, userAgent, resolved, certification.level);
}

/** Whether an installed version is to run from now on, and does not yet. */
function becomesCurrent({ cache, pinned }: InstallOptions, { name, version }: Installed): boolean {
  return pinned ? cache.findCurrent(name) === undefined : cache.current(name)?.version !== version;
}

type Subject = Omit<Proposal, 'verified' | 'findings' | 'current'>;

function describe(store: IndexStore, reference: string, platform: Platform, now: Date): Subject {
  const db = store.open();
  try {
    const resolved = resolve(db, reference, platform, now);
    const manifest = versionDetail(db, resolved.name, resolved.version)?.manifest;
    return {
      registry: store.label,
      source: sourceOf(db),
      resolved,
      tools: manifest?.tools ?? [],
      permissions: permissionsOf(manifest),
      certification: artifactCertification(db, resolved.name, resolved.version, resolved.artifact.sha256),
    };
  } finally {
    db.close();
  }
}

/**
 * The version when it is here and came from this registry: from another one it has yet to be proven and agreed to.
 * @throws MpakError CACHE_DAMAGED when it is here with other content than the log says
 */
function findReady(
  { cache, store }: Pick<InstallOptions, 'cache' | 'store'>,
  { name, version, artifact }: Resolved,
): Installed | undefined {
  const installed = cache.find(name, version);
  if (installed === undefined) return undefined;
  if (installed.receipt.artifact.sha256 === artifact.sha256)
    return installed.receipt.registry === store.label ? installed : undefined;
  throw new MpakError(
    'CACHE_DAMAGED',
    `${name} ${version} is installed with sha256 ${installed.receipt.artifact.sha256}, and the log says ${artifact.sha256}.`,
    {
      hint: `It came from ${installed.receipt.registry}. Remove it first: \`mpak bundle remove ${name}@${version}\`.`,
    },
  );
}

/**
 * @returns null when nothing proves it and that is accepted
 * @throws MpakError ATTESTATION_MISSING, ATTESTATION_LOST, ATTESTATION_REFUSED
 */
export async function prove(
  options: Parameters<typeof verifyResolved>[0] &
    Pick<InstallOptions, 'cache' | 'unattested' | 'acceptUnattested'>,
  resolved: Resolved,
): Promise<Verified | null> {
  const verification = await verifyResolved(options, resolved);
  if (verification.verified) return verification;
  if (verification.code !== 'ATTESTATION_MISSING')
    throw refusal(verification, `${resolved.name} ${resolved.version}`);
  refuseLost(options.cache, options.store, resolved);
  if (options.acceptUnattested(resolved.name) !== undefined) return null;
  throw refusedUnattested(resolved, options.unattested);
}

/** Verifies who built an artifact, by what its index says of it. @throws MpakError NETWORK, REGISTRY_ANSWER, TRUSTED_ROOT */
export async function verifyResolved(
  options: Pick<InstallOptions, 'store' | 'settings' | 'userAgent' | 'now' | 'warn'>,
  resolved: Resolved,
): Promise<Verification> {
  const { store, settings, userAgent, now, warn } = options;
  const { artifact } = resolved;
  const builder = builderRequirement(resolved, settings.github.url);
  // Nobody is known whose attestation would say anything.
  if (builder === undefined) return NO_ATTESTATION;
  const root = await loadTrustedRoot({ ...settings, offline: false, userAgent, now });
  if (root.stale !== undefined) warn(root.stale);
  return verifyFromSources(
    {
      sha256: artifact.sha256,
      network: {
        userAgent,
        registry: store.registry,
        github: settings.github,
        repository: builder.repository,
        logged: artifact.attestation_sha256,
      },
    },
    {
      digest: { algorithm: 'sha256', value: artifact.sha256 },
      predicateType: SLSA_PROVENANCE_V1,
      issuer: settings.issuer,
      signer: builder.signer,
    },
    root,
  );
}

/** The same bundle, installed from another registry: a new receipt is all that it needs. @returns as fetchAndExtract */
function takeOver(cache: BundleCache, { resolved, permissions }: Subject): string | undefined {
  const installed = cache.find(resolved.name, resolved.version);
  if (installed === undefined) return undefined;
  expectPermissions(JSON.parse(installed.receipt.permissions), permissions);
  return installed.receipt.content;
}

/** @returns the digest of its content */
async function fetchAndExtract(options: InstallOptions, { resolved, permissions }: Subject): Promise<string> {
  const { cache, store, userAgent, onBytes, now } = options;
  const { name, version, artifact } = resolved;
  const file = cache.temporaryFile(name, '.mcpb');
  // It was looked into already, for its registry says nothing of what is in it.
  const kept = resolved.source === 'mcp' ? new Archives(cache.home).read(artifact.sha256, now()) : undefined;
  try {
    if (kept !== undefined) writeFileSync(file, kept, { mode: 0o600, flag: 'wx' });
    else
      await download({
        url: artifact.url,
        registry: store.registry,
        file,
        size: artifact.size,
        sha256: artifact.sha256,
        state: artifact.state,
        userAgent,
        onBytes: (done) => onBytes(done, artifact.size),
      });
    // Read once: the bytes that are compared are those that are unpacked, whoever may write to the folder.
    const bytes = readFileSync(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== artifact.sha256) {
      throw new MpakError('DIGEST_MISMATCH', `${file} was changed while it was installed.`, {
        hint: 'Nothing was installed. Who else may write to this folder?',
      });
    }
    const archive = readArchive(bytes);
    const { manifest } = archive;
    const said = saidToBe(store, resolved);
    if (manifest.name.toLowerCase() !== said.name || manifest.version !== said.version) {
      throw new MpakError(
        'ARCHIVE_OTHER_PACKAGE',
        `The bundle says that it is ${manifest.name} ${manifest.version}, and not ${said.name} ${said.version}.`,
        { hint: 'Nothing was installed. Tell the publisher.' },
      );
    }
    expectPermissions(permissionsOf(manifest), permissions);
    extractAside(archive, cache.versionFolder(name, version));
    const files = archive.entries.filter((entry) => !entry.isDirectory);
    return contentDigest(files.map((file) => ({ path: file.path, size: file.size, crc32: file.crc })));
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * What a bundle must say that it is: the package. The MCP registry has names of its own for what it lists, and so may have
 * what was imported from there: then it is what the index says that its manifest says.
 */
function saidToBe(store: IndexStore, { source, name, version, provenance }: Resolved) {
  if (source === 'bundles' || provenance !== null) return { name, version };
  const db = store.open();
  try {
    const manifest = versionDetail(db, name, version)?.manifest;
    return { name: manifest?.name.toLowerCase() ?? name, version: manifest?.version ?? version };
  } finally {
    db.close();
  }
}

/** @throws MpakError ARCHIVE_OTHER_PERMISSIONS when the bundle asks for others than somebody agreed to */
function expectPermissions(asked: Proposal['permissions'], said: Proposal['permissions']): void {
  if (isDeepStrictEqual(asked, said)) return;
  throw new MpakError(
    'ARCHIVE_OTHER_PERMISSIONS',
    `The bundle asks for other permissions than its registry says: ${JSON.stringify(asked)}.`,
    {
      hint: 'Nothing was installed: what you would have agreed to is not what is in it. Tell the publisher.',
    },
  );
}

function receiptOf(
  { store, now, settings }: InstallOptions,
  { resolved, source, permissions, certification }: Subject,
  verified: Verified | null,
  content: string,
): Receipt {
  const { name, version, artifact } = resolved;
  const { filename, sha256, size, url, platform } = artifact;
  return {
    schema: 1,
    package: name satisfies PackageName,
    version,
    registry: store.label,
    index_source: source,
    platform,
    artifact: { filename, sha256, size, url },
    publisher: publisherOf(resolved, verified),
    provenance:
      verified === null
        ? null
        : {
            predicate_type: verified.statement.predicateType,
            source_repository: verified.signer.repository ?? '',
            commit: verified.signer.commit ?? '',
            ref: verified.signer.ref ?? '',
            signer: verified.signer.identity ?? '',
            issuer: verified.signer.issuer ?? '',
            source: verified.attestation.source,
            trusted_root: trustedRootName(verified.root.origin, settings),
            trusted_root_sha256: verified.root.sha256,
            verified_at: now().toISOString(),
          },
    content,
    permissions: JSON.stringify(permissions),
    certification_level: certification?.level ?? null,
    installed_at: now().toISOString(),
  };
}

/** As a receipt names it. */
function trustedRootName(origin: Verified['root']['origin'], settings: ProvenanceSettings): string {
  switch (origin) {
    case 'file':
      return path.resolve(settings.trustedRoot ?? '');
    case 'tuf':
      return settings.tuf.url;
    case 'shipped':
      return 'shipped';
  }
}
