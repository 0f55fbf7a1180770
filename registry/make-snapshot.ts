/**
 * Makes a snapshot: the index without the log, as one compressed SQLite file. It takes seconds of work on the CPU, so
 * the server runs it in a process of its own.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, renameSync } from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import Database from 'better-sqlite3';
import { MpakError } from '../src/lib/errors.ts';
import { syncFolder } from '../src/lib/files.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { rerank } from '../src/lib/index/rank.ts';
import { withLock } from '../src/lib/lock.ts';
import { type DataFolder, ORIGIN_KEY } from './data-folder.ts';
import { SNAPSHOT_LIMITS } from './limits.ts';
import {
  readSnapshot,
  removeOldSnapshots,
  removeTemporaryFiles,
  type SnapshotFile,
  snapshotName,
  TEMPORARY_PREFIX,
} from './snapshots.ts';
import { writeTransaction } from './write.ts';

/** @throws MpakError BUSY when another process is making one, INDEX_UNREADABLE when the database is damaged */
export async function makeSnapshot(data: DataFolder): Promise<SnapshotFile> {
  data.require();
  const db = data.open();
  try {
    return await withLock(data.snapshotLock, { waitMs: 0, holder: 'Another `mpak-registry snapshot`' }, () =>
      make(db, data.snapshots),
    );
  } finally {
    db.close();
  }
}

async function make(db: Database.Database, folder: string): Promise<SnapshotFile> {
  removeTemporaryFiles(folder);
  try {
    await writeTransaction(db, () => rerank(db));
    const copy = path.join(folder, `${TEMPORARY_PREFIX}index.db`);
    db.prepare('VACUUM INTO ?').run(copy);
    const size = stripRegistryParts(copy);
    const compressed = path.join(folder, `${TEMPORARY_PREFIX}index.db.zst`);
    const sha256 = await compressFile(copy, compressed);
    const name = snapshotName(size, sha256);
    renameSync(compressed, path.join(folder, name));
    syncFolder(folder);
    removeOldSnapshots(folder, size);
    return readSnapshot(folder, name) as SnapshotFile;
  } finally {
    removeTemporaryFiles(folder);
  }
}

/** Removes what is a registry's own, log and attestations, and checks what is left. @returns entries in the tree */
function stripRegistryParts(file: string): number {
  const db = new Database(file);
  try {
    // A client opens the snapshot where it lies: it must be one file, with no WAL beside it.
    db.pragma('journal_mode = DELETE');
    db.pragma('synchronous = OFF');
    db.exec('DELETE FROM log; DELETE FROM attestations');
    db.prepare('DELETE FROM meta WHERE key = ?').run(ORIGIN_KEY);
    db.exec('VACUUM');
    const check = db.pragma('integrity_check', { simple: true });
    if (check !== 'ok') {
      throw new MpakError('INDEX_UNREADABLE', `The registry's database is damaged: ${String(check)}.`, {
        hint: 'Restore it from a backup; `mpak-registry verify` says more.',
      });
    }
    return readEdge(db).size;
  } finally {
    db.close();
  }
}

/** @returns the SHA-256 of the compressed file, which is on the disk when this returns */
async function compressFile(from: string, to: string): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(
    createReadStream(from, { highWaterMark: 1 << 20 }),
    createZstdCompress({
      params: {
        [constants.ZSTD_c_compressionLevel]: SNAPSHOT_LIMITS.zstdLevel,
        [constants.ZSTD_c_checksumFlag]: 1,
      },
    }),
    hashing,
    createWriteStream(to, { flush: true }),
  );
  return hash.digest('hex');
}
