/**
 * Real MCP package records (npm and PyPI: ecosystem, name, version, description) as publish entries to import.
 * test/fixtures/records.ndjson.gz holds a sample of them; its README says where they come from.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import semver from 'semver';
import type { PublishEntry } from '../../src/lib/log/entry.ts';

export interface PackageRecord {
  readonly ecosystem: 'npm' | 'pypi';
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** Reads a gzipped file of records, one JSON a line. */
export function readRecords(file: string | URL): PackageRecord[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as PackageRecord);
}

/** The entries of records whose names stay distinct as package names; the first of two that collide is kept. */
export function recordsToEntries(records: readonly PackageRecord[]): PublishEntry[] {
  const entries = new Map<string, PublishEntry>();
  for (const record of records) {
    const entry = recordToEntry(record);
    if (!entries.has(entry.package)) entries.set(entry.package, entry);
  }
  return [...entries.values()];
}

function recordToEntry(record: PackageRecord): PublishEntry {
  const [scope, base] = record.name.startsWith('@')
    ? (record.name.slice(1).split('/') as [string, string])
    : [record.ecosystem, record.name];
  const name = `@${part(scope, 39)}/${part(base, 214)}`;
  const version = semver.valid(record.version) ?? semver.coerce(record.version)?.version ?? '0.0.0';
  const clean = semver.parse(version)?.format() ?? '0.0.0';
  const sha256 = createHash('sha256').update(`${name}@${clean}`).digest('hex');
  return {
    kind: 'publish',
    package: name,
    version: clean,
    prerelease: false,
    at: '2026-01-01T00:00:00.000Z',
    manifest: {
      manifest_version: '0.3',
      name,
      version: clean,
      description: record.description,
      server: { type: record.ecosystem === 'npm' ? 'node' : 'python' },
    },
    release: null,
    artifact: {
      filename: `${part(base, 200)}.mcpb`,
      os: 'any',
      arch: 'any',
      sha256,
      size: 0,
      url: `https://example.com/${sha256}.mcpb`,
    },
    provenance: null,
    attestation: null,
  };
}

/** The text as a part of a package name: lower case, other characters as hyphens, none at the start. */
function part(text: string, length: number): string {
  const clean = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return clean === '' ? 'x' : clean.slice(0, length);
}
