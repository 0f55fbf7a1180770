/** /v1/index/*: the signed log, and the snapshot that saves reading all of it. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { matchesTag } from '../conditional.ts';
import { chooseCoding } from '../encoding.ts';
import { type Answer, HttpError } from '../http.ts';
import type { LogPages } from '../log-pages.ts';
import { parseEntriesRange, parseRange } from '../range.ts';
import type { RegistryHandler, RegistryRoute } from '../services.ts';
import { readSnapshot, type SnapshotFile } from '../snapshots.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Of what the next announcement changes. */
const SHORT = 'public, max-age=5';
/** Of the page that is not full: beside a newer checkpoint, a cached one would look like a log that was cut off. */
const REVALIDATE = 'no-cache';

const checkpoint: RegistryHandler = async (_request, { checkpoints }) => {
  const jws = await checkpoints.current();
  const etag = `"${createHash('sha256').update(jws).digest('base64url')}"`;
  return {
    status: 200,
    headers: { 'content-type': 'application/jose', 'cache-control': SHORT, etag },
    body: jws,
  };
};

const keys: RegistryHandler = async (_request, { keys }) => ({
  status: 200,
  // No longer than a checkpoint: a first sync needs the key that has signed it.
  headers: { 'content-type': 'application/jwk-set+json', 'cache-control': SHORT },
  json: await keys.keySet(),
});

const page: RegistryHandler = async ({ method, params, headers }, { logPages }) => {
  const number = /^(0|[1-9]\d{0,11})$/.test(params.page ?? '') ? Number(params.page) : undefined;
  if (number === undefined)
    throw new HttpError(404, 'NOT_FOUND', 'A page of the log is named by its number.');
  const type = { 'content-type': 'application/x-ndjson' };
  const first = method === 'GET' ? parseEntriesRange(headers.range) : undefined;
  if (first !== undefined) return restOfPage(number, first, logPages);
  const coding = chooseCoding(headers['accept-encoding']);
  const found = await logPages.read(number, coding);
  if ('bytes' in found) {
    const { bytes, etag } = found;
    const coded = coding === 'identity' ? {} : { 'content-encoding': coding };
    const common = { ...type, 'cache-control': IMMUTABLE, vary: 'accept-encoding', etag };
    return { status: 200, headers: { ...common, ...coded }, body: bytes };
  }
  if (found.lines.length === 0) {
    throw new HttpError(404, 'NOT_FOUND', `The log has ${found.size} entries, and none on page ${number}.`);
  }
  return { status: 200, headers: { ...type, 'cache-control': REVALIDATE }, body: found.lines };
};

/** For who has the first entries of a page: a revocation reaches a client in few bytes, however full the page is. */
function restOfPage(number: number, first: number, logPages: LogPages): Answer {
  const { lines, count } = logPages.readRest(number, first);
  if (count === 0) {
    throw new HttpError(416, 'RANGE_NOT_SATISFIABLE', `Page ${number} has no entry ${first}.`);
  }
  return {
    status: 206,
    headers: {
      'content-type': 'application/x-ndjson',
      'content-range': `entries ${first}-${first + count - 1}/*`,
      'cache-control': 'no-store',
    },
    body: lines,
  };
}

const snapshot: RegistryHandler = async ({ method, params, headers }, { snapshotFolder }) => {
  const found = readSnapshot(snapshotFolder, params.name ?? '');
  if (found === undefined) {
    throw new HttpError(404, 'NOT_FOUND', 'There is no such snapshot; the checkpoint names the newest.');
  }
  const etag = `"${found.sha256}"`;
  const isCurrent = headers['if-range'] === undefined || headers['if-range'] === etag;
  // RFC 9110: Range is for GET alone, and what the client has comes first (sections 14.2 and 13.2.2).
  const isRanged = method === 'GET' && isCurrent && !matchesTag(headers['if-none-match'], etag);
  return answerSnapshot(found, etag, isRanged ? headers.range : undefined);
};

async function answerSnapshot(found: SnapshotFile, etag: string, range: string | undefined): Promise<Answer> {
  const common = {
    'content-type': 'application/zstd',
    'cache-control': IMMUTABLE,
    'accept-ranges': 'bytes',
    etag,
  };
  const part = parseRange(range, found.bytes);
  if (part === 'unsatisfiable') {
    throw new HttpError(416, 'RANGE_NOT_SATISFIABLE', `The snapshot has ${found.bytes} bytes.`, {
      'content-range': `bytes */${found.bytes}`,
    });
  }
  // Open before the answer starts: afterwards the file may be removed, and is still read to its end.
  const file = await open(found.file);
  if (part === undefined) {
    const body = file.createReadStream({ highWaterMark: 256 * 1024 });
    return { status: 200, headers: { ...common, 'content-length': String(found.bytes) }, body };
  }
  const { start, end } = part;
  const body = file.createReadStream({ start, end, highWaterMark: 256 * 1024 });
  return {
    status: 206,
    headers: {
      ...common,
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/${found.bytes}`,
    },
    body,
  };
}

export const indexRoutes: readonly RegistryRoute[] = [
  { method: 'GET', path: '/v1/index/checkpoint', handler: checkpoint },
  { method: 'GET', path: '/v1/index/keys.json', handler: keys },
  { method: 'GET', path: '/v1/index/log/:page', handler: page },
  { method: 'GET', path: '/v1/index/snapshots/:name', handler: snapshot },
];
