/**
 * GET /v1/bundles/@s/n/versions/V/scan: what the scans of a version's artifacts said, or that of one. 202 while none is done and one
 * waits, 404 when nobody will scan them. docs/registry.md is the contract.
 */
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { type Answer, type Handler, HttpError } from '../http.ts';
import { isQueued } from '../scans/queue.ts';
import { readReport } from '../scans/reports.ts';
import { packageParameter, type QuerySchema, readQuery, SHORT_CACHE } from './parameters.ts';
import { liveVersion, notFound } from './published.ts';

interface ArtifactScan {
  readonly platforms: readonly { readonly os: string; readonly arch: string }[];
  readonly digest: string;
  /** A scan, or another one, is yet to come. */
  readonly queued: boolean;
  /** As the log has it; null before the first scan. */
  readonly level: number | null;
  /** JSON, of the newest scan, with the findings that are left out of it. */
  readonly report: string | null;
  readonly omitted_findings: number;
}

export const scanSchema = {
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits, in lower case')
    .describe('Of the one artifact that is asked for. Default: all.'),
} satisfies QuerySchema;

export const scan: Handler = (request, { db }): Answer => {
  const name = packageParameter(request);
  const { id, version } = liveVersion(db, name, request.params.version ?? '');
  const { digest: wanted } = readQuery(request.query, scanSchema);
  const artifacts = scansOf(db, name, { id, version }, wanted);
  if (artifacts.length === 0) throw notFound(`${name}@${version} has no artifact with the digest ${wanted}.`);
  const body = `{"name":${JSON.stringify(name)},"version":${JSON.stringify(version)},"artifacts":[${artifacts.map(textOf)}]}`;
  const type = { 'content-type': 'application/json; charset=utf-8' };
  if (artifacts.some(({ report }) => report !== null)) {
    return { status: 200, headers: { ...type, ...SHORT_CACHE }, body };
  }
  if (!artifacts.some(({ queued }) => queued)) {
    throw new HttpError(404, 'NOT_FOUND', `${name}@${version} was not scanned.`);
  }
  return { status: 202, headers: { ...type, 'cache-control': 'no-store', 'retry-after': '10' }, body };
};

/** The report is put in as it is kept: to parse and write megabytes for each request would keep all others waiting. */
function textOf({ report, ...rest }: ArtifactScan): string {
  return `${JSON.stringify(rest).slice(0, -1)},"report":${report}}`;
}

/**
 * An element for each file, which may be published for several platforms.
 * @param wanted the digest of the one that is asked for; undefined: of all
 */
function scansOf(
  db: Database.Database,
  name: string,
  { id, version }: { readonly id: number; readonly version: string },
  wanted: string | undefined,
): ArtifactScan[] {
  const rows = db
    .prepare<[number], { os: string; arch: string; sha256: string; level: number | null }>(
      'SELECT os, arch, sha256, certification_level AS level FROM artifacts WHERE version_id = ? ORDER BY seq',
    )
    .all(id);
  const files = Map.groupBy(rows, ({ sha256 }) => sha256);
  const asked = [...files].filter(([sha256]) => wanted === undefined || wanted === `sha256:${sha256}`);
  return asked.map(([sha256, ofFile]): ArtifactScan => {
    const artifact = { package: name, version, sha256 };
    const kept = readReport(db, artifact);
    return {
      platforms: ofFile.map(({ os, arch }) => ({ os, arch })),
      digest: `sha256:${sha256}`,
      queued: isQueued(db, artifact),
      level: ofFile[0]?.level ?? null,
      report: kept?.report ?? null,
      omitted_findings: kept?.omitted ?? 0,
    };
  });
}
