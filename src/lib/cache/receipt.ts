/**
 * A receipt: what was installed, from where, and what was proven about it. It is written last, so a version without
 * one does not exist.
 */
import type { PackageName } from '../bundle/name.ts';
import { parseRegistryUrl } from '../config/registry-url.ts';
import { MpakError } from '../errors.ts';
import { isMissing, writeFileAtomic } from '../files.ts';
import type { Platform } from '../index/bundle-types.ts';
import type { IndexSource } from '../index/read-source.ts';
import { readRegularFile } from '../regular-file.ts';
import { systemError } from '../system-error.ts';

/** Far more than any receipt has: permissions are a part of the manifest, which may have a tenth of it. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What keeps anybody from reading it says nothing of what is in it. */
const UNREADABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EIO', 'EMFILE']);

export interface Receipt {
  readonly schema: 1;
  readonly package: string;
  readonly version: string;
  /** URL of the registry whose index named it. */
  readonly registry: string;
  /** What that index was made of; receipts of older versions, which knew signed ones alone, have none. */
  readonly index_source?: IndexSource;
  readonly platform: Platform;
  readonly artifact: {
    readonly filename: string;
    /** Lower-case hex. */
    readonly sha256: string;
    /** Bytes. */
    readonly size: number;
    readonly url: string;
  };
  /** Who announced it, as the registry recorded; null for imports. */
  readonly publisher: {
    readonly owner: string;
    readonly owner_id: string;
    readonly repository: string;
  } | null;
  /** What its attestation proved; null when it was installed without one, by explicit wish. */
  readonly provenance: Proven | null;
  /** Digest over all of its files: content.ts. */
  readonly content: string;
  /** What the manifest says the server may do, as JSON text: compared when an update comes. */
  readonly permissions: string;
  /** The level that it had when it was installed, 0 to 4; null: it was not certified. Receipts of older versions have none. */
  readonly certification_level?: number | null;
  /** ISO 8601 UTC. */
  readonly installed_at: string;
}

/** What a verified attestation says, and what it was verified with. */
export interface Proven {
  readonly predicate_type: string;
  /** Owner/repo that it was built from. */
  readonly source_repository: string;
  readonly commit: string;
  readonly ref: string;
  /** The workflow's identity, from the certificate. */
  readonly signer: string;
  readonly issuer: string;
  /** Where the attestation came from: the URL that was asked. */
  readonly source: string;
  /** Which trusted root it was verified with: the URL of a TUF repository, `shipped`, or the path of a file. */
  readonly trusted_root: string;
  /** Of that document, lower-case hex; receipts of older versions have none. */
  readonly trusted_root_sha256?: string;
  readonly verified_at: string;
}

/**
 * @returns undefined when there is none
 * @throws MpakError CACHE_DAMAGED when it is no receipt, or another one's; IO_FAILED
 */
export function readReceipt(file: string, name: PackageName, version: string): Receipt | undefined {
  const damaged = (cause?: unknown) =>
    new MpakError('CACHE_DAMAGED', `${file} is not the receipt of ${name} ${version}.`, {
      hint: `Remove it, and install it again: \`mpak bundle remove ${name}@${version}\`.`,
      cause,
    });
  let receipt: unknown;
  try {
    receipt = parseJson(readRegularFile(file, { most: MAX_BYTES, tooLarge: damaged }).toString('utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    const { code } = error as NodeJS.ErrnoException;
    throw code !== undefined && UNREADABLE.has(code) ? (systemError(error) ?? error) : damaged(error);
  }
  if (isReceipt(receipt) && receipt.package === name && receipt.version === version) return receipt;
  throw damaged();
}

export function writeReceipt(file: string, receipt: Receipt): void {
  writeFileAtomic(file, `${JSON.stringify(receipt, undefined, 2)}\n`);
}

function isReceipt(value: unknown): value is Receipt {
  const receipt = value as Partial<Receipt> | null;
  return (
    receipt !== null &&
    typeof receipt === 'object' &&
    receipt.schema === 1 &&
    typeof receipt.package === 'string' &&
    typeof receipt.version === 'string' &&
    typeof receipt.registry === 'string' &&
    isRegistry(receipt.registry) &&
    ['signed', 'bundles', 'mcp', undefined].includes(receipt.index_source) &&
    typeof receipt.platform?.os === 'string' &&
    typeof receipt.platform.arch === 'string' &&
    typeof receipt.artifact?.sha256 === 'string' &&
    typeof receipt.artifact.url === 'string' &&
    typeof receipt.content === 'string' &&
    typeof receipt.permissions === 'string' &&
    parseJson(receipt.permissions) !== undefined &&
    ['number', 'undefined'].includes(typeof (receipt.certification_level ?? undefined)) &&
    typeof receipt.installed_at === 'string' &&
    (receipt.provenance === null || typeof receipt.provenance?.signer === 'string') &&
    (receipt.publisher === null || typeof receipt.publisher?.owner_id === 'string')
  );
}

function isRegistry(text: string): boolean {
  try {
    return parseRegistryUrl(text, 'registry').href.replace(/\/+$/, '') === text;
  } catch {
    return false;
  }
}

/** @returns undefined when it is none */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
