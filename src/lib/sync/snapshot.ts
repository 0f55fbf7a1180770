/**
 * A snapshot: the index as a SQLite file that the registry made. Its hash is signed, so it is what the registry says;
 * it still is somebody else's database, and is opened and checked as such before anything else reads it.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { schemaDifference } from '../index/compare.ts';
import { readEdge } from '../index/meta.ts';
import { openIndex } from '../index/open.ts';
import { APPLICATION_ID, MIGRATIONS } from '../index/schema.ts';
import type { SnapshotReference } from '../log/checkpoint.ts';
import type { RegistryClient } from '../remote/registry-client.ts';

/** Largest snapshot, compressed and not, in bytes: far above a million packages, far below a disk. */
const MAX_COMPRESSED_BYTES = 2 * 1024 ** 3;
const MAX_INDEX_BYTES = 8 * 1024 ** 3;

/**
 * Downloads a snapshot and checks it: size and hash first, then the database that it holds.
 * @param files.compressed, files.index where to write; the caller removes them when this throws
 * @returns false when another version of mpak made it, with another schema: it is good, and of no use here
 * @throws MpakError TAMPERED_SNAPSHOT, NETWORK, REGISTRY_ANSWER
 */
export async function fetchSnapshot(
  client: RegistryClient,
  snapshot: SnapshotReference,
  files: { compressed: string; index: string },
  onBytes: (done: number) => void,
): Promise<boolean> {
  if (snapshot.bytes > MAX_COMPRESSED_BYTES) throw tampered(`it would be ${snapshot.bytes} bytes large`);
  const hash = createHash('sha256');
  let received = 0;
  const checked = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of client.download(snapshot.path)) {
      received += chunk.length;
      if (received > snapshot.bytes)
        throw tampered(`it is larger than the ${snapshot.bytes} bytes that were signed`);
      hash.update(chunk);
      onBytes(received);
      yield chunk;
    }
  };
  await pipeline(checked, createWriteStream(files.compressed, { mode: 0o600 }));
  if (received !== snapshot.bytes)
    throw tampered(`it has ${received} bytes, and ${snapshot.bytes} were signed`);
  if (hash.digest('hex') !== snapshot.sha256) throw tampered('its sha256 is not the one that was signed');
  await decompress(files.compressed, files.index);
  return checkDatabase(files.index, snapshot.size);
}

async function decompress(from: string, to: string): Promise<void> {
  let written = 0;
  const bounded = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      written += chunk.length;
      if (written > MAX_INDEX_BYTES) throw tampered('it unpacks to more than an index can be');
      yield chunk;
    }
  };
  try {
    await pipeline(
      createReadStream(from),
      createZstdDecompress(),
      bounded,
      createWriteStream(to, { mode: 0o644, flush: true }),
    );
  } catch (error) {
    if (/^(Z_|ZSTD_|ERR_)/.test(String((error as { code?: unknown }).code))) {
      throw tampered('it cannot be decompressed', error);
    }
    throw error;
  }
}

/** A registry is trusted with what the index says, not with what SQLite does when it opens the file. */
function checkDatabase(file: string, size: number): boolean {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true });
    try {
      db.pragma('trusted_schema = OFF');
      db.pragma('cell_size_check = ON');
      if (hasOtherSchema(db)) return false;
      const difference = schemaDifference(db);
      if (difference !== undefined) throw tampered(`its schema is not an index's: ${difference}`);
      const integrity = db.pragma('integrity_check(1)', { simple: true });
      if (integrity !== 'ok') throw tampered(`its database is damaged: ${String(integrity)}`);
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
