/**
 * A snapshot: the index as a SQLite file that the registry made. Its hash is signed, so it is what the registry says;
 * it still is somebody else's database, and is opened and checked as such before anything else reads it.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { TransformOptions } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, type ZstdOptions } from 'node:zlib';
import Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { schemaDifference } from '../index/compare.ts';
import { readEdge } from '../index/meta.ts';
import { openIndex } from '../index/open.ts';
import { sourceOf } from '../index/read-source.ts';
import { APPLICATION_ID, MIGRATIONS } from '../index/schema.ts';
import type { SnapshotReference } from '../log/checkpoint-form.ts';
import type { RegistryClient } from '../remote/registry-client.ts';

/** Largest snapshot, compressed and not, in bytes: far above a million packages, far below a disk. */
const MAX_COMPRESSED_BYTES = 2 * 1024 ** 3;
const MAX_INDEX_BYTES = 8 * 1024 ** 3;
/**
 * Most that a snapshot may unpack to, as a multiple of what was signed, and from how many bytes on that counts. An
 * index unpacks to four times its size; what comes is not known to be the snapshot before all of it is there.
 */
const MAX_GROWTH = 64;
const GROWTH_COUNTS_FROM = 64 * 1024 ** 2;
/** Larger pieces than Node's: each goes to a thread and back. Some wait on either side, so that nobody waits for them. */
const PACKED_PIECE_BYTES = 512 * 1024;
const PIECE_BYTES = 2 * 1024 ** 2;

/**
 * Downloads a snapshot into an index file, unpacking as it comes, and checks it: size and hash first, then the
 * database that it holds.
 * @param file where to write; not there yet. The caller removes it when this throws
 * @returns false when another version of mpak made it, with another schema: it is good, and of no use here
 * @throws MpakError TAMPERED_SNAPSHOT, NETWORK, REGISTRY_ANSWER
 */
export async function fetchSnapshot(
  client: RegistryClient,
  snapshot: SnapshotReference,
  file: string,
  onBytes: (done: number) => void,
): Promise<boolean> {
  if (snapshot.bytes > MAX_COMPRESSED_BYTES) throw tampered(`it would be ${snapshot.bytes} bytes large`);
  const handle = await open(file, 'wx', 0o644);
  try {
    await unpack(signedBytes(client, snapshot, onBytes), handle, snapshot.bytes);
    // The disk is slow to write, and the check reads what is in memory still.
    const [, usable] = await Promise.all([handle.sync(), checkDatabase(file, snapshot.size)]);
    return usable;
  } finally {
    await handle.close();
  }
}

/** What the registry sends as the snapshot; throws at its end when it is not the file that was signed. */
async function* signedBytes(
  client: RegistryClient,
  snapshot: SnapshotReference,
  onBytes: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let received = 0;
  for await (const chunk of client.download(snapshot.path)) {
    received += chunk.length;
    if (received > snapshot.bytes) {
      throw tampered(`it is larger than the ${snapshot.bytes} bytes that were signed`);
    }
    hash.update(chunk);
    onBytes(received);
    yield chunk;
  }
  if (received !== snapshot.bytes) {
    throw tampered(`it has ${received} bytes, and ${snapshot.bytes} were signed`);
  }
  if (hash.digest('hex') !== snapshot.sha256) throw tampered('its sha256 is not the one that was signed');
}

/** Node passes them on to its stream, and does not declare so. */
const UNPACKING: ZstdOptions & TransformOptions = {
  chunkSize: PIECE_BYTES,
  writableHighWaterMark: 4 * PACKED_PIECE_BYTES,
  readableHighWaterMark: 2 * PIECE_BYTES,
};

async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < PACKED_PIECE_BYTES) continue;
    yield Buffer.concat(chunks);
    chunks = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(chunks);
}

async function unpack(
  source: AsyncIterable<Uint8Array>,
  target: FileHandle,
  packedBytes: number,
): Promise<void> {
  const limit = Math.min(MAX_INDEX_BYTES, Math.max(GROWTH_COUNTS_FROM, packedBytes * MAX_GROWTH));
  let written = 0;
  const write = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) {
      written += piece.length;
      if (written > limit) throw tampered('it unpacks to more than an index can be');
      await target.writeFile(piece);
    }
  };
  try {
    await pipeline(inPieces(source), createZstdDecompress(UNPACKING), write);
  } catch (error) {
    if (/^(Z_|ZSTD_|ERR_)/.test(String((error as { code?: unknown }).code))) {
      throw tampered('it cannot be decompressed', error);
    }
    throw error;
  }
}

/**
 * A registry is trusted with what the index says, not with what SQLite does when it opens the file: every page is looked
 * at. Whether its indexes agree with its tables is a matter of what it says, and is told by `mpak sync --verify`.
 */
async function checkDatabase(file: string, size: number): Promise<boolean> {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true });
    try {
      db.pragma('trusted_schema = OFF');
      db.pragma('cell_size_check = ON');
      if (hasOtherSchema(db)) return false;
      const difference = schemaDifference(db);
      if (difference !== undefined) throw tampered(`its schema is not an index's: ${difference}`);
      const integrity = db.pragma('quick_check(1)', { simple: true });
      if (integrity !== 'ok') throw tampered(`its database is damaged: ${String(integrity)}`);
      if (sourceOf(db) !== 'signed') throw tampered('it is of no log');
      if (readEdge(db).size !== size) throw tampered('it is of another size than the one that was signed');
    } finally {
      db.close();
    }
    // Write-ahead logging from here on: readers never wait for a later sync.
    openIndex(file).close();
    return true;
  } catch (error) {
    if (error instanceof MpakError) throw error;
    throw tampered(`it is no index: ${(error as Error).message}`, error);
  }
}

function hasOtherSchema(db: Database.Database): boolean {
  const isIndex = db.pragma('application_id', { simple: true }) === APPLICATION_ID;
  return isIndex && db.pragma('user_version', { simple: true }) !== MIGRATIONS.length;
}

function tampered(what: string, cause?: unknown): MpakError {
  return new MpakError('TAMPERED_SNAPSHOT', `The snapshot is not usable: ${what}.`, {
    hint: 'Nothing was changed. Try again; if it stays, tell the operator of the registry.',
    cause,
  });
}
