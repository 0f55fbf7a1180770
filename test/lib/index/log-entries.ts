/** Short ways to write log entries, and to apply them to an index in memory. */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { append, type LineChange } from '../../../src/lib/index/append.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import {
  type AssetEntry,
  type CertifyEntry,
  type DeprecateEntry,
  type Entry,
  encodeEntry,
  type Manifest,
  type Provenance,
  type PublishEntry,
  type ReserveEntry,
  type RevokeEntry,
  type RotateKeyEntry,
  type TransferScopeEntry,
  type YankEntry,
} from '../../../src/lib/log/entry.ts';

export const AT = '2026-01-01T00:00:00.000Z';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

type PublishOptions = Partial<Omit<PublishEntry, 'artifact' | 'manifest'>> & {
  artifact?: Partial<PublishEntry['artifact']>;
  manifest?: Partial<Manifest>;
};

/** A bundle for every platform, whose digest follows from its name, version and platform. */
export function publish(name: string, version: string, options: PublishOptions = {}): PublishEntry {
  const { os = 'any', arch = 'any' } = options.artifact ?? {};
  const base = name.slice(name.indexOf('/') + 1);
  return {
    kind: 'publish',
    prerelease: false,
    at: AT,
    release: null,
    provenance: null,
    attestation: null,
    ...options,
    package: name,
    version,
    manifest: { name: base, version, ...options.manifest },
    artifact: {
      filename: `${base}-${os}-${arch}.mcpb`,
      os,
      arch,
      sha256: digestOf(name, version, os, arch),
      size: 1000,
      url: `https://example.com/${base}-${version}-${os}-${arch}.mcpb`,
      ...options.artifact,
    },
  };
}

export const digestOf = (name: string, version: string, os = 'any', arch = 'any') =>
  sha256(`${name} ${version} ${os} ${arch}`);

export function provenance(owner: string, ownerId: string, repository = `${owner}/echo`): Provenance {
  return {
    schema_version: '1',
    provider: 'github_oidc',
    repository,
    sha: 'c'.repeat(40),
    claims: {
      owner,
      owner_id: ownerId,
      actor: 'someone',
      actor_id: '2',
      workflow: 'release',
      workflow_ref: `${repository}/.github/workflows/release.yml@refs/tags/v1`,
      ref: 'refs/tags/v1',
      ref_type: 'tag',
      run_id: '3',
      run_number: '4',
      run_attempt: '1',
      event_name: 'release',
      job_workflow_ref: `${repository}/.github/workflows/release.yml@refs/tags/v1`,
    },
  };
}

export function certify(
  name: string,
  version: string,
  level: number,
  options: Partial<CertifyEntry> = {},
): CertifyEntry {
  return {
    kind: 'certify',
    package: name,
    version,
    sha256: digestOf(name, version),
    level,
    controls: { 'AI-01': 'pass' },
    scanner: { name: 'mpak', version: '0.1.0' },
    at: AT,
    ...options,
  };
}

export function deprecate(name: string, versions: string, message = 'use another'): DeprecateEntry {
  return { kind: 'deprecate', package: name, versions, message, at: AT };
}

export function revoke(
  name: string,
  versions: string,
  reason: RevokeEntry['reason'] = 'vulnerable',
): RevokeEntry {
  return { kind: 'revoke', package: name, versions, reason, at: AT };
}

export function rotateKey(): RotateKeyEntry {
  return {
    kind: 'rotate-key',
    old_kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    new_key: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    signature: 'a.b.c',
    at: AT,
  };
}

export function yank(name: string, version: string, reason = 'It does not start.'): YankEntry {
  return { kind: 'yank', package: name, version, reason, provenance: provenance('Acme', '42'), at: AT };
}

export function asset(name: string, version: string, state: AssetEntry['state']): AssetEntry {
  return { kind: 'asset', package: name, version, sha256: digestOf(name, version), state, at: AT };
}

export function transferScope(scope: string, owner: string, ownerId: string): TransferScopeEntry {
  return { kind: 'transfer-scope', scope, owner, owner_id: ownerId, reason: 'sold', at: AT };
}

/** @param ownerId null: for nobody; undefined: reserved no longer */
export function reserve(scope: string, ownerId: string | null | undefined): ReserveEntry {
  const reserved = ownerId !== undefined;
  return { kind: 'reserve', scope, reserved, owner_id: ownerId ?? null, reason: 'a trade mark', at: AT };
}

/** An entry, or a line that is none, as bytes. */
export const encode = (entry: Entry | string): Uint8Array =>
  typeof entry === 'string' ? Buffer.from(entry) : encodeEntry(entry);

/** Appends in one transaction, as a client does. */
export function appendAll(db: Database.Database, entries: readonly (Entry | string)[], keepLines = false) {
  const changes: LineChange[] = [];
  const onChange = (change: LineChange) => changes.push(change);
  const edge = db.transaction(() => append(db, entries.map(encode), { keepLines, onChange })).immediate();
  return { edge, changes };
}

/** An index that holds the entries, appended in one transaction. */
export function indexOf(...entries: (Entry | string)[]): Database.Database {
  const db = openMemoryIndex();
  appendAll(db, entries);
  return db;
}

/** The rows of a query as plain objects. */
export const rowsOf = (db: Database.Database, sql: string, ...values: unknown[]) =>
  db.prepare(sql).all(...values) as Record<string, unknown>[];
