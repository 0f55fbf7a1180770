/**
 * What a checkpoint says, and the form of it (docs/protocol.md). Written out here and not in zod: every sync reads one, and
 * most find nothing else to read.
 */

/** Entries in a page of the log. A page that is full never changes. */
export const PAGE_SIZE = 256;

const MAX_TEXT = 1024;

export interface SnapshotReference {
  /** Log entries that the snapshot holds. */
  readonly size: number;
  /** Of the compressed file, as it is downloaded. */
  readonly sha256: string;
  /** Of the compressed file. */
  readonly bytes: number;
  readonly path: string;
}

export interface Checkpoint {
  readonly origin: string;
  /** Entries in the log. */
  readonly size: number;
  /** Merkle root over them, base64: the one spelling of its bytes, for roots are compared as text. */
  readonly root: string;
  /** ISO 8601 UTC. */
  readonly issued_at: string;
  readonly expires_at: string;
  readonly page_size: typeof PAGE_SIZE;
  readonly snapshot: SnapshotReference | null;
}

/** The checkpoint, without members that are not named here; what is wrong with it, when it is none. */
export function parseCheckpoint(json: unknown): Checkpoint | string {
  if (!isObject(json)) return 'it must be an object';
  const { origin, size, root, issued_at, expires_at, page_size, snapshot } = json;
  if (!isText(origin) || origin === '') return 'origin: must be a text';
  if (!isCount(size)) return 'size: must be a number of entries';
  if (!isText(root) || !/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(root)) {
    return 'root: must be 32 bytes in base64';
  }
  if (!isTime(issued_at)) return 'issued_at: must be a time in UTC';
  if (!isTime(expires_at)) return 'expires_at: must be a time in UTC';
  if (page_size !== PAGE_SIZE) return `page_size: must be ${PAGE_SIZE}`;
  const reference = snapshot === null ? null : parseSnapshot(snapshot, size);
  if (typeof reference === 'string') return `snapshot.${reference}`;
  return { origin, size, root, issued_at, expires_at, page_size, snapshot: reference };
}

function parseSnapshot(json: unknown, logSize: number): SnapshotReference | string {
  const { size, sha256, bytes, path } = isObject(json) ? json : {};
  if (!isCount(size)) return 'size: must be a number of entries';
  if (size > logSize) return 'size: must not be larger than the log';
  if (!isText(sha256) || !/^[0-9a-f]{64}$/.test(sha256)) return 'sha256: must be a lower-case hex sha256';
  if (!isCount(bytes)) return 'bytes: must be a number of bytes';
  if (!isText(path) || !/^\/?[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/.test(path)) {
    return 'path: must be a plain path';
  }
  if (path.split('/').some((part) => part === '.' || part === '..')) return 'path: must not have dots';
  return { size, sha256, bytes, path };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** RFC 3339 with the suffix Z, of a day that there is. */
function isTime(value: unknown): value is string {
  if (!isText(value) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(value)) return false;
  const time = new Date(value);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 10) === value.slice(0, 10);
}
