/**
 * The entries of the log: a line of JSON each, whose bytes are hashed as they stand. docs/protocol.md describes every
 * field. What is checked here is what `apply` relies on; anything else in an entry is kept and ignored, and an entry
 * of a kind that this version does not know is kept whole, so that old clients survive new kinds.
 */

import semver from 'semver';
import { z } from 'zod';
import { parsePackageName } from '../bundle/name.ts';
import { isDeeperThan } from './depth.ts';
import { MAX_ENTRY_BYTES } from './page.ts';

/**
 * Deepest nesting of objects and arrays that is accepted. Without a limit, whether an entry can be serialised again
 * would depend on how much stack a process has left, and two clients of a log could differ.
 */
export const MAX_ENTRY_DEPTH = 128;

const text = (max: number) => z.string().max(max);
/** Lower-case, without its @. */
export const scopeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,38}$/, 'must be a scope in lower case, without its @');
const packageName = z
  .string()
  .refine((name) => parsePackageName(name) === name, 'must be @scope/name in lower case');
export const version = z
  .string()
  .max(256)
  .refine(
    (value) => semver.valid(value) === value,
    'must be a semantic version, such as 1.2.0 or 1.2.0-rc.1',
  );
export const range = z
  .string()
  .max(1024)
  .refine((value) => semver.validRange(value) !== null, 'must be a version, a range or "*"');
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a lower-case hex sha256');
const at = z.iso.datetime();
export const accountId = z.string().regex(/^\d{1,20}$/, 'must be the numeric id of an account');
const httpUrl = z.url({ protocol: /^https?$/ }).max(2048);

export const operatingSystem = z.enum(['darwin', 'linux', 'win32', 'any']);
export const architecture = z.enum(['x64', 'arm64', 'any']);
export type OperatingSystem = z.infer<typeof operatingSystem>;
export type Architecture = z.infer<typeof architecture>;

/** The parts of a bundle's manifest (mcpb 0.1 to 0.4) that the index shows or searches; the rest passes through. */
export const manifestSchema = z.looseObject({
  name: text(256),
  version: text(256),
  display_name: text(1024).optional(),
  description: text(16_384).optional(),
  author: z.looseObject({ name: text(1024) }).optional(),
  keywords: z.array(text(256)).max(256).optional(),
  license: text(256).optional(),
  homepage: text(2048).optional(),
  icon: text(4096).optional(),
  server: z.looseObject({ type: text(32) }).optional(),
  tools: z
    .array(z.looseObject({ name: text(1024), description: text(16_384).optional() }))
    .max(4096)
    .optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const artifactSchema = z.object({
  filename: text(255),
  os: operatingSystem,
  arch: architecture,
  sha256,
  /** Bytes. */
  size: z.int().min(0),
  url: httpUrl,
});

/** Claims of the GitHub Actions token that authenticated the announcement; every one is a string there. */
export const claimsSchema = z.object({
  owner: text(256),
  owner_id: text(64),
  actor: text(256),
  actor_id: text(64),
  workflow: text(1024),
  workflow_ref: text(2048),
  ref: text(1024),
  ref_type: text(64),
  run_id: text(64),
  run_number: text(64),
  run_attempt: text(64),
  event_name: text(256),
  job_workflow_ref: text(2048),
});
export type Claims = z.infer<typeof claimsSchema>;

export const provenanceSchema = z.object({
  schema_version: z.literal('1'),
  provider: z.literal('github_oidc'),
  /** `Owner/repo` as GitHub spells it. */
  repository: text(512),
  /** The commit. */
  sha: text(64),
  claims: claimsSchema,
});
export type Provenance = z.infer<typeof provenanceSchema>;

export const publishSchema = z.object({
  kind: z.literal('publish'),
  package: packageName,
  version,
  prerelease: z.boolean(),
  at,
  manifest: manifestSchema,
  release: z.object({ tag: text(1024), url: httpUrl }).nullable(),
  artifact: artifactSchema,
  provenance: provenanceSchema.nullable(),
  attestation: z.object({ sha256, predicateType: text(1024) }).nullable(),
});

const certifySchema = z.object({
  kind: z.literal('certify'),
  package: packageName,
  version,
  sha256,
  level: z.int().min(0).max(4),
  /** Result by control id. */
  controls: z.record(text(64), z.enum(['pass', 'fail', 'skip', 'error'])),
  scanner: z.looseObject({ name: text(256), version: text(256) }),
  at,
});

const deprecateSchema = z.object({
  kind: z.literal('deprecate'),
  package: packageName,
  versions: range,
  /** Empty: the versions are deprecated no longer. */
  message: text(4096),
  successor: packageName.optional(),
  /** Of the publisher who said so; absent when the registry's operator did. */
  provenance: provenanceSchema.optional(),
  at,
});

const yankSchema = z.object({
  kind: z.literal('yank'),
  package: packageName,
  version,
  reason: text(4096),
  /** Of the publisher who said so. */
  provenance: provenanceSchema,
  at,
});

export const assetState = z.enum(['available', 'gone', 'changed']);

const assetSchema = z.object({
  kind: z.literal('asset'),
  package: packageName,
  version,
  sha256,
  /** What was found where it is published. */
  state: assetState,
  at,
});

const transferScopeSchema = z.object({
  kind: z.literal('transfer-scope'),
  scope: scopeName,
  /** The GitHub account that has it from here on: its login, and its numeric id. */
  owner: text(256),
  owner_id: accountId,
  reason: text(4096),
  at,
});

const reserveSchema = z.object({
  kind: z.literal('reserve'),
  scope: scopeName,
  /** False: it is reserved no longer. */
  reserved: z.boolean(),
  /** The one account that may announce in it; null: nobody may. */
  owner_id: accountId.nullable(),
  reason: text(4096),
  at,
});

export const REVOCATION_REASONS = [
  'malicious',
  'compromised',
  'vulnerable',
  'takedown',
  'superseded',
] as const;
export const revocationReason = z.enum(REVOCATION_REASONS);

const revokeSchema = z.object({
  kind: z.literal('revoke'),
  package: packageName,
  versions: range,
  reason: revocationReason,
  at,
});

export const publicKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  /** The one spelling of its bytes: the key's id is made from this text. */
  x: z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'must be 32 bytes in base64url'),
});

const rotateKeySchema = z.object({
  kind: z.literal('rotate-key'),
  old_kid: text(64),
  new_key: publicKeySchema,
  /** Compact JWS by the old key over {origin, old_kid, new_key}; see log/key.ts. */
  signature: text(4096),
  at,
});

export const entrySchema = z.discriminatedUnion('kind', [
  publishSchema,
  certifySchema,
  deprecateSchema,
  revokeSchema,
  rotateKeySchema,
  yankSchema,
  assetSchema,
  transferScopeSchema,
  reserveSchema,
]);

export type Entry = z.infer<typeof entrySchema>;
export type PublishEntry = z.infer<typeof publishSchema>;
export type CertifyEntry = z.infer<typeof certifySchema>;
export type DeprecateEntry = z.infer<typeof deprecateSchema>;
export type RevokeEntry = z.infer<typeof revokeSchema>;
export type RotateKeyEntry = z.infer<typeof rotateKeySchema>;
export type YankEntry = z.infer<typeof yankSchema>;
export type AssetEntry = z.infer<typeof assetSchema>;
export type AssetState = AssetEntry['state'];
export type TransferScopeEntry = z.infer<typeof transferScopeSchema>;
export type ReserveEntry = z.infer<typeof reserveSchema>;

const KINDS: ReadonlySet<unknown> = new Set(entrySchema.options.map((option) => option.shape.kind.value));

/** An entry this version understands; or why it does not, which is no error in a log that outlives its readers. */
export type ParsedLine = { entry: Entry } | { unknown: 'kind' | 'content'; reason: string };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses the bytes of one line. Never throws: a log line that is no entry stays in the log and means nothing. */
export function parseLine(line: Uint8Array): ParsedLine {
  if (line.length > MAX_ENTRY_BYTES)
    return { unknown: 'content', reason: `is larger than ${MAX_ENTRY_BYTES} bytes` };
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(line));
  } catch {
    return { unknown: 'content', reason: 'is not JSON' };
  }
  if (isDeeperThan(json, MAX_ENTRY_DEPTH))
    return { unknown: 'content', reason: `is nested deeper than ${MAX_ENTRY_DEPTH}` };
  const parsed = entrySchema.safeParse(json);
  if (parsed.success) return { entry: parsed.data };
  const kind = json !== null && typeof json === 'object' ? (json as { kind?: unknown }).kind : undefined;
  if (!KINDS.has(kind))
    return { unknown: 'kind', reason: `has the unknown kind ${JSON.stringify(kind) ?? 'none'}` };
  return { unknown: 'content', reason: describeIssue(parsed.error) };
}

/** The first thing that is wrong, with its path. */
export function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'is invalid';
  const path = issue.path.join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

/** The bytes of an entry that is written here for the first time. Afterwards they are never serialised again. */
export function encodeEntry(entry: Entry): Uint8Array {
  return Buffer.from(JSON.stringify(entry));
}
