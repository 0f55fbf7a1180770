/**
 * GET /v1/bundles/@s/n/versions/V/scan: what the scans of a version's artifacts said. 202 while none is done and one
 * waits, 404 when nobody will scan them. docs/registry.md is the contract.
 */
import type Database from 'better-sqlite3';
import { type Answer, type Handler, HttpError } from '../http.ts';
import { isQueued } from '../scans/queue.ts';
import { readReport } from '../scans/reports.ts';
import { packageParameter, SHORT_CACHE } from './parameters.ts';
import { liveVersion } from './published.ts';

interface ArtifactScan {
  readonly platforms: readonly { readonly os: string; readonly arch: string }[];
  readonly digest: string;
  /** A scan, or another one, is yet to come. */
  readonly queued: boolean;
  /** As the log has it; null before the first scan. */
  readonly level: number | null;
  /** Of the newest scan, with the findings that are left out of it. */
  readonly report: unknown;
  readonly omitted_findings: number;
}

export const scan: Handler = (request, { db }): Answer => {
  const name = packageParameter(request);
  const { id, version } = liveVersion(db, name, request.params.version ?? '');
  const artifacts = scansOf(db, name, { id, version });
  const json = { name, version, artifacts };
  if (artifacts.some(({ report }) => report !== null)) return { status: 200, headers: SHORT_CACHE, json };
  if (!artifacts.some(({ queued }) => queued)) {
    throw new HttpError(404, 'NOT_FOUND', `${name}@${version} was not scanned.`);
  }
  return { status: 202, headers: { 'cache-control': 'no-store', 'retry-after': '10' }, json };
};

/** An element for each file, which may be published for several platforms. */
function scansOf(
  db: Database.Database,
  name: string,
  { id, version }: { readonly id: number; readonly version: string },
): ArtifactScan[] {
  const rows = db
    .prepare<[number], { os: string; arch: string; sha256: string; level: number | null }>(
      'SELECT os, arch, sha256, certification_level AS level FROM artifacts WHERE version_id = ? ORDER BY seq',
    )
    .all(id);
  return [...Map.groupBy(rows, ({ sha256 }) => sha256)].map(([sha256, ofFile]): ArtifactScan => {
    const artifact = { package: name, version, sha256 };
    const kept = readReport(db, artifact);
    return {
      platforms: ofFile.map(({ os, arch }) => ({ os, arch })),
      digest: `sha256:${sha256}`,
      queued: isQueued(db, artifact),
      level: ofFile[0]?.level ?? null,
      report: kept === undefined ? null : JSON.parse(kept.report),
      omitted_findings: kept?.omitted ?? 0,
    };
  });
}
