/**
 * POST /v1/bundles/announce: from a token and a body to an entry of the log. Nothing is believed that the announcer
 * says: who it is comes from the token, what the artifact is from the bytes on GitHub.
 */
import { isDeepStrictEqual } from 'node:util';
import { append } from '../src/lib/index/append.ts';
import { encodeEntry, type Provenance, type PublishEntry, parseLine } from '../src/lib/log/entry.ts';
import { type Announcement, parseAnnouncement } from './announcement.ts';
import { ArchiveError } from './archive-manifest.ts';
import { type Attestations, type KeptAttestations, storeAttestations } from './attestations.ts';
import type { Asset, AssetContent, GitHub, Release } from './github.ts';
import { HttpError } from './http.ts';
import { parseJson } from './json.ts';
import { ENTRY_BYTES } from './limits.ts';
import { type ExistingArtifact, findArtifact, requireSameRelease, requireScopeOwner } from './precedents.ts';
import { requireOwnScope } from './publisher.ts';
import { type Warning, warningsOf } from './rules/breaking-changes.ts';
import { type Rules, requireRules } from './rules.ts';
import { enqueueScan } from './scans/queue.ts';
import type { StatementServices } from './statement.ts';
import { writeTransaction } from './write.ts';

export interface AnnounceServices extends StatementServices {
  readonly github: GitHub;
  readonly attestations: Attestations;
  readonly rules: Rules;
  /** Whether what is announced waits for a scan then. */
  readonly scanning: boolean;
}

/** API.md's answer. */
export interface Announced {
  readonly package: string;
  readonly version: string;
  readonly artifact: { readonly os: string; readonly arch: string; readonly filename: string };
  readonly total_artifacts: number;
  readonly status: 'created' | 'updated';
  /** Whether the registry verified an attestation of it. */
  readonly attested: boolean;
  /** What its users will notice; absent when there is nothing. */
  readonly warnings?: readonly Warning[];
}

/** @throws HttpError 400, 401, 403, 409, 429, 502 or 503 as API.md says; the log has not grown then */
export async function announce(
  request: { authorization: string | undefined; body: Uint8Array; signal: AbortSignal },
  services: AnnounceServices,
): Promise<Announced> {
  const provenance = await services.tokens.verify(request.authorization);
  const announcement = parseAnnouncement(request.body);
  requireOwnScope(announcement.name, provenance);
  await services.admitOwner(provenance.claims.owner_id);
  return services.turns.take(provenance.claims.owner_id, request.signal, () =>
    publish(announcement, provenance, services, request.signal),
  );
}

async function publish(
  announcement: Announcement,
  provenance: Provenance,
  { db, now, github, attestations, rules, scanning, onGrown }: AnnounceServices,
  signal: AbortSignal,
): Promise<Announced> {
  requireScopeOwner(db, announcement.name, provenance);
  const existing = findArtifact(db, announcement);
  if (existing !== undefined) return answerExisting(existing, announcement);
  requireSameRelease(db, announcement, provenance);
  requireRules(db, announcement, provenance, rules);

  const release = await github.findRelease(provenance.repository, announcement.release_tag, signal);
  const asset = requireAsset(release, announcement, provenance);
  const content = await github.readAsset(asset, announcement.artifact.size, signal);
  if (content === undefined) throw artifactNotFound(announcement, provenance);
  requireAnnouncedContent(content, announcement);
  const kept = await attestations.collect(
    {
      name: announcement.name,
      filename: asset.name,
      sha256: content.sha256,
      provenance,
      release: release as Release,
    },
    signal,
  );

  const line = encodeLine(publishEntry(announcement, provenance, release as Release, asset, kept, now()));
  const announced = await writeTransaction(db, (): Announced => {
    // Others may have announced the same while the asset was read.
    requireScopeOwner(db, announcement.name, provenance);
    const faster = findArtifact(db, announcement);
    if (faster !== undefined) return answerExisting(faster, announcement);
    requireSameRelease(db, announcement, provenance);
    requireRules(db, announcement, provenance, rules);
    const warnings = warningsOf(db, announcement);
    if (kept !== null) storeAttestations(db, content.sha256, kept);
    append(db, [line], { keepLines: true });
    if (scanning) {
      const { name, version } = announcement;
      enqueueScan(db, { package: name, version, sha256: content.sha256 }, { rescan: false, now: now() });
    }
    const { total } = findArtifact(db, announcement) as ExistingArtifact;
    const { filename } = announcement.artifact;
    const created = answer(announcement, { filename, total, attested: kept !== null }, 'created');
    return warnings.length === 0 ? created : { ...created, warnings };
  });
  if (announced.status === 'created') onGrown();
  return announced;
}

/** What is published never changes: the same again is fine, anything else is not. */
function answerExisting(existing: ExistingArtifact, announcement: Announcement): Announced {
  const { name, version, artifact } = announcement;
  if (existing.sha256 === artifact.sha256) {
    return answer(announcement, existing, 'updated');
  }
  throw new HttpError(
    409,
    'CONFLICT',
    `${name} ${version} for ${artifact.os}-${artifact.arch} is published with sha256 ${existing.sha256} and cannot change; publish a new version.`,
  );
}

function requireAsset(
  release: Release | undefined,
  announcement: Announcement,
  provenance: Provenance,
): Asset {
  const { artifact } = announcement;
  const asset = release?.assets.find(
    ({ name, state }) => name === artifact.filename && (state ?? 'uploaded') === 'uploaded',
  );
  if (asset === undefined) throw artifactNotFound(announcement, provenance);
  if (asset.size !== artifact.size) throw sizeMismatch(artifact, asset.size);
  return asset;
}

/** The GitHub Action tries again when it reads these words: assets appear with a delay. */
function artifactNotFound({ release_tag, artifact }: Announcement, { repository }: Provenance): HttpError {
  return new HttpError(
    400,
    'ARTIFACT_NOT_FOUND',
    `Artifact "${artifact.filename}" not found in release ${release_tag} of ${repository}.`,
  );
}

function requireAnnouncedContent(content: AssetContent, { artifact, manifest }: Announcement): void {
  if (content.bytes !== artifact.size) throw sizeMismatch(artifact, content.bytes);
  if (content.sha256 !== artifact.sha256) {
    throw new HttpError(
      400,
      'DIGEST_MISMATCH',
      `Artifact "${artifact.filename}" has sha256 ${content.sha256} in the release, and ${artifact.sha256} was announced.`,
    );
  }
  if (content.manifest instanceof ArchiveError) {
    throw new HttpError(
      400,
      'ARCHIVE_INVALID',
      `Artifact "${artifact.filename}" ${content.manifest.message}.`,
    );
  }
  if (!isDeepStrictEqual(parseManifest(content.manifest, artifact.filename), manifest)) {
    throw new HttpError(
      400,
      'MANIFEST_MISMATCH',
      `The manifest.json in "${artifact.filename}" differs from the announced manifest.`,
    );
  }
}

function parseManifest(bytes: Buffer, filename: string): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    const reason = (error as Error).message;
    throw new HttpError(400, 'ARCHIVE_INVALID', `The manifest.json in "${filename}" is not JSON: ${reason}.`);
  }
}

function sizeMismatch(artifact: Announcement['artifact'], bytes: number): HttpError {
  const actual = bytes > artifact.size ? 'more' : String(bytes);
  return new HttpError(
    400,
    'SIZE_MISMATCH',
    `Artifact "${artifact.filename}" has ${actual} bytes in the release, and ${artifact.size} were announced.`,
  );
}

function publishEntry(
  { name, version, prerelease, manifest, release_tag, artifact }: Announcement,
  provenance: Provenance,
  release: Release,
  asset: Asset,
  kept: KeptAttestations | null,
  now: Date,
): PublishEntry {
  return {
    kind: 'publish',
    package: name,
    version,
    prerelease: prerelease || release.prerelease,
    at: now.toISOString(),
    manifest,
    release: { tag: release_tag, url: release.html_url },
    artifact: { ...artifact, url: asset.browser_download_url },
    provenance,
    attestation: kept?.reference ?? null,
  };
}

/** The bytes of the entry, checked as every client will check them. */
function encodeLine(entry: PublishEntry): Uint8Array {
  const line = encodeEntry(entry);
  if (line.length > ENTRY_BYTES) {
    throw new HttpError(
      400,
      'INVALID_ANNOUNCEMENT',
      `The announcement makes an entry of ${line.length} bytes, and the registry takes ${ENTRY_BYTES}: shorten the manifest.`,
    );
  }
  const parsed = parseLine(line);
  if ('entry' in parsed) return line;
  throw new HttpError(400, 'INVALID_ANNOUNCEMENT', `The announcement makes an entry that ${parsed.reason}.`);
}

function answer(
  { name, version, artifact }: Announcement,
  { filename, total, attested }: Pick<ExistingArtifact, 'filename' | 'total' | 'attested'>,
  status: Announced['status'],
): Announced {
  const { os, arch } = artifact;
  return {
    package: name,
    version,
    artifact: { os, arch, filename },
    total_artifacts: total,
    status,
    attested,
  };
}
