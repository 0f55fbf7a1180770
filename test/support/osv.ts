/** Vulnerability data as its makers export it: OSV's archives, EPSS's CSV, CISA's catalogue. */
import { gzipSync } from 'node:zlib';
import { writeZip } from '../../src/lib/pack/zip-writer.ts';

export const CRITICAL_VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'; // 9.8
export const HIGH_VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N'; // 7.5
export const V4_VECTOR = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'; // 9.3

const DATE = new Date('2026-11-01T00:00:00Z');

export function osvRecord(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    schema_version: '1.7.0',
    id: 'GHSA-aaaa-bbbb-cccc',
    modified: '2026-11-20T10:00:00Z',
    aliases: ['CVE-2026-10001'],
    summary: 'Says too much.',
    severity: [{ type: 'CVSS_V3', score: CRITICAL_VECTOR }],
    affected: [affected('zod')],
    ...changes,
  };
}

/** An entry of `affected`, by default for all versions before 4.7.0. */
export function affected(name: string, changes: Readonly<Record<string, unknown>> = {}, ecosystem = 'npm') {
  return {
    package: { ecosystem, name },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '4.7.0' }] }],
    ...changes,
  };
}

/** `all.zip`. */
export function osvArchive(records: readonly Record<string, unknown>[]): Buffer {
  return writeZip(
    records.map((record) => ({ path: `${record.id}.json`, content: Buffer.from(JSON.stringify(record)) })),
    DATE,
  );
}

export function epssCsv(scores: Readonly<Record<string, number>>, date = '2026-11-23T12:00:00+0000'): Buffer {
  const lines = Object.entries(scores).map(([cve, score]) => `${cve},${score},0.5\n`);
  return gzipSync(`#model_version:v2026.01.01,score_date:${date}\ncve,epss,percentile\n${lines.join('')}`);
}

export function kevJson(cves: readonly string[], dateReleased = '2026-11-22T15:00:00.000Z'): Buffer {
  return Buffer.from(
    JSON.stringify({
      title: 'CISA Catalog of Known Exploited Vulnerabilities',
      catalogVersion: '2026.11.22',
      dateReleased,
      count: cves.length,
      vulnerabilities: cves.map((cveID) => ({ cveID, vendorProject: 'x', product: 'y' })),
    }),
  );
}
