/**
 * The attestations of an artifact that is announced: fetched, verified by the policy that clients verify by
 * (docs/provenance.md), and kept as one document that never changes. Its digest is in the log, so a client can tell that
 * it was served what the registry verified; it verifies again all the same.
 */
import { createHash } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { PackageName } from '../src/lib/bundle/name.ts';
import type { Provenance, PublishEntry } from '../src/lib/log/entry.ts';
import { readBundle } from '../src/lib/provenance/bundle.ts';
import { type AttestationDocument, readDocuments } from '../src/lib/provenance/document.ts';
import type { Policy } from '../src/lib/provenance/policy.ts';
import { type Failure, REQUIREMENTS } from '../src/lib/provenance/requirement.ts';
import { readStatement, SLSA_PROVENANCE_V1 } from '../src/lib/provenance/statement.ts';
import { registryRequirement } from '../src/lib/provenance/subject.ts';
import type { TrustedRoot } from '../src/lib/provenance/trusted-root.ts';
import { verifyAttestation } from '../src/lib/provenance/verify.ts';
import type { GitHub, Release } from './github.ts';
import { HttpError } from './http.ts';
import { ATTESTATION_LIMITS } from './limits.ts';

/** The artifact, and who announces it. */
export interface AttestedArtifact {
  readonly name: PackageName;
  readonly filename: string;
  /** Hex; of the bytes that were read. */
  readonly sha256: string;
  readonly provenance: Provenance;
  readonly release: Release;
}

/** What is kept of it. */
export interface KeptAttestations {
  /** JSON in GitHub's shape. */
  readonly document: Buffer;
  readonly reference: NonNullable<PublishEntry['attestation']>;
}

export interface AttestationOptions {
  readonly db: Database.Database;
  readonly github: GitHub;
  readonly root: () => Promise<TrustedRoot>;
  /** The identity provider that certificates must name. */
  readonly issuer: string;
  /** Refuse what has none. */
  readonly required: boolean;
}

export class Attestations {
  readonly #options: AttestationOptions;

  constructor(options: AttestationOptions) {
    this.#options = options;
  }

  /**
   * @returns null when it has none, and need not
   * @throws HttpError 400 when it has none and must, or none that holds; 502 or 503 when that cannot be found out
   */
  async collect(artifact: AttestedArtifact, signal: AbortSignal): Promise<KeptAttestations | null> {
    const { db, required } = this.#options;
    // The same file for another platform: what is served for its digest stays as it is.
    const known = readAttestations(db, artifact.sha256);
    const documents = known === undefined ? await this.#fetch(artifact, signal) : readDocuments(known);
    const provenances = documents.filter(isProvenance).slice(0, ATTESTATION_LIMITS.tried);
    if (provenances.length === 0) {
      if (required) throw missing(artifact);
      return null;
    }
    const kept = await this.#verify(provenances, artifact);
    return known === undefined ? keep(kept) : { document: known, reference: referenceTo(known) };
  }

  async #fetch(artifact: AttestedArtifact, signal: AbortSignal): Promise<AttestationDocument[]> {
    const { github } = this.#options;
    const { filename, sha256, provenance, release } = artifact;
    const listed = await github.findAttestations(provenance.repository, sha256, signal);
    const documents = listed === undefined ? [] : readDocuments(listed);
    const asset = release.assets.find(
      ({ name, state }) => name === `${filename}.sigstore.json` && (state ?? 'uploaded') === 'uploaded',
    );
    if (asset === undefined) return documents;
    const beside = await github.readSmallAsset(asset, ATTESTATION_LIMITS.answerBytes, signal);
    if (beside === 'large') {
      const message = `${shown(asset.name)} is larger than ${ATTESTATION_LIMITS.answerBytes} bytes.`;
      throw new HttpError(400, 'ATTESTATION_REFUSED', message);
    }
    return beside === undefined ? documents : [...documents, ...readDocuments(beside)];
  }

  /** @returns the bundles that hold @throws HttpError 400 when none does */
  async #verify(documents: readonly AttestationDocument[], artifact: AttestedArtifact): Promise<unknown[]> {
    const root = await this.#options.root();
    const policy = this.#policy(artifact);
    const kept: unknown[] = [];
    let first: Failure | undefined;
    for (const document of documents) {
      // Each is milliseconds of work: requests come in between.
      await yieldToOthers();
      const verification = verifyAttestation({ source: 'GitHub', document }, policy, root);
      if (verification.verified) kept.push(verification.attestation.json);
      else first ??= verification.failures[0];
    }
    if (kept.length > 0) return kept;
    throw refused(artifact, first as Failure);
  }

  #policy({ name, sha256, provenance }: AttestedArtifact): Policy {
    return {
      digest: { algorithm: 'sha256', value: sha256 },
      predicateType: SLSA_PROVENANCE_V1,
      issuer: this.#options.issuer,
      signer: [registryRequirement({ name, ownerId: provenance.claims.owner_id, provenance })],
    };
  }
}

/** As they are served: the bytes whose digest is in the log. */
export function readAttestations(db: Database.Database, sha256: string): Buffer | undefined {
  return db
    .prepare<[string], Buffer>('SELECT document FROM attestations WHERE sha256 = ?')
    .pluck()
    .get(sha256);
}

/**
 * In the transaction that appends the entry which names them.
 * @throws HttpError 503 when another announcement of the same file was faster, with others
 */
export function storeAttestations(
  db: Database.Database,
  sha256: string,
  { document }: KeptAttestations,
): void {
  const { changes } = db
    .prepare('INSERT INTO attestations (sha256, document) VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(sha256, document);
  if (changes === 1 || readAttestations(db, sha256)?.equals(document)) return;
  const message = 'The same file is being announced at this moment; try again.';
  throw new HttpError(503, 'BUSY', message, { 'retry-after': '1' });
}

/**
 * Whether it claims to be what is asked for. Other predicates and plain signatures say something else about the
 * artifact; what cannot be read may have been meant as one, and is refused when it is verified.
 */
function isProvenance(document: AttestationDocument): boolean {
  if (!('json' in document)) return true;
  const { json } = document;
  if (json !== null && typeof json === 'object' && Object.hasOwn(json, 'messageSignature')) return false;
  try {
    return readStatement(readBundle(json)).predicateType === SLSA_PROVENANCE_V1;
  } catch {
    return true;
  }
}

/** The first ones that fit. */
function keep(bundles: readonly unknown[]): KeptAttestations {
  let document = encode(bundles.slice(0, 1));
  for (let count = 2; count <= Math.min(bundles.length, ATTESTATION_LIMITS.kept); count += 1) {
    const larger = encode(bundles.slice(0, count));
    if (larger.length > ATTESTATION_LIMITS.documentBytes) break;
    document = larger;
  }
  if (document.length > ATTESTATION_LIMITS.documentBytes) {
    const message = `The attestation has ${document.length} bytes, and the registry takes ${ATTESTATION_LIMITS.documentBytes}.`;
    throw new HttpError(400, 'ATTESTATION_REFUSED', message);
  }
  return { document, reference: referenceTo(document) };
}

function encode(bundles: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ attestations: bundles.map((bundle) => ({ bundle })) }));
}

function referenceTo(document: Buffer): KeptAttestations['reference'] {
  return {
    sha256: createHash('sha256').update(document).digest('hex'),
    predicateType: SLSA_PROVENANCE_V1,
  };
}

function missing({ filename, sha256, provenance }: AttestedArtifact): HttpError {
  return new HttpError(
    400,
    'ATTESTATION_MISSING',
    `Nothing says who built ${shown(filename)}: ${provenance.repository} has no SLSA provenance attestation of sha256:${sha256}, and this registry takes nothing without. Attest it in the workflow, before it is announced.`,
  );
}

function refused({ filename }: AttestedArtifact, { requirement, expected, found }: Failure): HttpError {
  const { code, means } = REQUIREMENTS[requirement];
  return new HttpError(
    400,
    'ATTESTATION_REFUSED',
    `The attestation of ${shown(filename)} is refused (${code}): it does not hold that ${means}. Expected ${shown(expected)}, found ${found === null ? 'none' : shown(found)}.`,
  );
}

/** What an attestation says is somebody else's text, of any length: quoted, with nothing that moves a cursor. */
function shown(text: string): string {
  const cut = text.length > 256 ? `${text.slice(0, 256)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is what this is for
  return JSON.stringify(cut.replace(/[\u0000-\u001f\u007f-\u009f\p{Cf}\u2028\u2029]/gu, ''));
}
