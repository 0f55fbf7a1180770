/**
 * Who signed, as Fulcio wrote it into the certificate:
 * https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md. Read only after the certificate was verified, and
 * strictly all the same: an extension that is there twice, or is no text, could be read differently by others.
 */
import { ASN1Obj } from '@sigstore/core';
import type { Signer as VerifiedSigner } from '@sigstore/verify';
import { UnmetRequirement } from './requirement.ts';

const FULCIO = '1.3.6.1.4.1.57264.1';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
/** ASN.1 tag numbers. */
const UTF8_STRING = 12;
const RFC822_NAME = 1;
const URI = 6;

/** Field by number under Fulcio's arc. */
const EXTENSIONS = {
  issuer: 8,
  signer_workflow: 9,
  runner: 11,
  repository_url: 12,
  commit: 13,
  ref: 14,
  repository_id: 15,
  owner_url: 16,
  owner_id: 17,
  workflow: 18,
  trigger: 20,
  run: 21,
  visibility: 22,
} as const;

/** What a certificate says of its holder; null where it does not say. */
export type Identity = { readonly [field in keyof typeof EXTENSIONS]: string | null } & {
  /** The subject alternative name: of a reusable workflow's certificate, that of the workflow's own repository. */
  readonly identity: string | null;
  /** `Owner/repo` of the source, as the host spells it. */
  readonly repository: string | null;
  readonly owner: string | null;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws UnmetRequirement certificate */
export function readIdentity(signer: VerifiedSigner): Identity {
  const values = extensionValues(signer);
  const field = (name: keyof typeof EXTENSIONS) => {
    const value = values.get(`${FULCIO}.${EXTENSIONS[name]}`);
    return value === undefined ? null : readText(value, name);
  };
  const repository_url = field('repository_url');
  const owner_url = field('owner_url');
  const [owner, repository] = readSource(repository_url, owner_url);
  // Until 2023 Fulcio wrote the issuer as bare text.
  const legacyIssuer = values.get(`${FULCIO}.1`);
  const san = values.get(SUBJECT_ALTERNATIVE_NAME);
  return {
    issuer: field('issuer') ?? (legacyIssuer === undefined ? null : decode(legacyIssuer, 'issuer')),
    identity: san === undefined ? null : readAlternativeName(san),
    repository,
    repository_url,
    repository_id: field('repository_id'),
    owner,
    owner_url,
    owner_id: field('owner_id'),
    ref: field('ref'),
    commit: field('commit'),
    workflow: field('workflow'),
    signer_workflow: field('signer_workflow'),
    runner: field('runner'),
    run: field('run'),
    trigger: field('trigger'),
    visibility: field('visibility'),
  };
}

function extensionValues(signer: VerifiedSigner): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  for (const { oid, value } of signer.identity?.oids ?? []) {
    const id = oid?.id.join('.') ?? '';
    if (values.has(id)) throw unreadable(`the extension ${id} twice`);
    values.set(id, Buffer.from(value));
  }
  return values;
}

/** A DER UTF8String. */
function readText(value: Buffer, name: string): string {
  const text = parseDer(value, name);
  if (!text.tag.isUniversal() || text.tag.number !== UTF8_STRING)
    throw unreadable(`a ${name} that is no text`);
  return decode(text.value, name);
}

/** The one URI or address that the certificate is for. */
function readAlternativeName(value: Buffer): string {
  const names = parseDer(value, 'subject').subs;
  const [name] = names;
  if (names.length !== 1 || name === undefined) throw unreadable(`${names.length} subjects`);
  if (!name.tag.isContextSpecific(URI) && !name.tag.isContextSpecific(RFC822_NAME)) {
    throw unreadable('a subject that is neither a URI nor an address');
  }
  return decode(name.value, 'subject');
}

/** Owner, and `owner/repo`, of the source repository's URL. The owner's own URL must be the front of it. */
function readSource(
  repositoryUrl: string | null,
  ownerUrl: string | null,
): [owner: string | null, repository: string | null] {
  const parsed = parseRepositoryUrl(repositoryUrl ?? '');
  if (parsed === undefined) return [null, null];
  const { host, owner, repository } = parsed;
  if (ownerUrl !== null && ownerUrl.toLowerCase() !== `https://${host}/${owner}`.toLowerCase()) {
    throw unreadable(`the repository ${repositoryUrl} of the owner ${ownerUrl}`);
  }
  return [owner, repository];
}

/** `https://host/owner/repo` and nothing else. */
function parseRepositoryUrl(url: string): { host: string; owner: string; repository: string } | undefined {
  const match = /^https:\/\/([A-Za-z0-9.-]+(?::\d+)?)\/([A-Za-z0-9_.-]+)\/([A-Za-z0-9_.-]+)$/.exec(url);
  if (match === null) return undefined;
  const [, host, owner, name] = match as unknown as [string, string, string, string];
  return { host: host.toLowerCase(), owner, repository: `${owner}/${name}` };
}

function parseDer(value: Buffer, name: string): ASN1Obj {
  try {
    return ASN1Obj.parseBuffer(Buffer.from(value));
  } catch {
    throw unreadable(`a ${name} that cannot be read`);
  }
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw unreadable(`a ${name} that is no text`);
  }
}

function unreadable(found: string): UnmetRequirement {
  return new UnmetRequirement('certificate', 'a certificate that says who signed', found.slice(0, 512));
}
