/**
 * Makes a snapshot: the index without the log, as one compressed SQLite file. It takes seconds of work on the CPU, so
 * the server runs it in a process of its own.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, renameSync } from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { constants, createZstdCompress } from 'node:zlib';
import Database from 'better-sqlite3';
import { MpakError } from '../src/lib/errors.ts';
import { syncFolder } from '../src/lib/files.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { isPromotionDue, promote } from '../src/lib/index/promote.ts';
import { rerank } from '../src/lib/index/rank.ts';
import { migrate } from '../src/lib/index/schema.ts';
import { withLock } from '../src/lib/lock.ts';
import { type DataFolder, ORIGIN_KEY } from './data-folder.ts';
import { SNAPSHOT_LIMITS } from './limits.ts';
import { MIRROR_KEY } from './mirror/state.ts';
import {
  readSnapshot,
  removeOldSnapshots,
  removeTemporaryFiles,
  type SnapshotFile,
  snapshotName,
  TEMPORARY_PREFIX,
} from './snapshots.ts';
import { writeTransaction } from './write.ts';

/** What clients need of a registry's database: all but the lines of the log, attestations, and what scans need. */
const FOR_CLIENTS = [
  'meta',
  'scopes',
  'reservations',
  'packages',
  'versions',
  'manifests',
  'artifacts',
  'tools',
  'certifications',
  'deprecations',
  'revocations',
  'rotations',
  'postings',
  'facets',
] as const;

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
    await promotePopular(db);
    const copy = path.join(folder, `${TEMPORARY_PREFIX}copy.db`);
    const index = path.join(folder, `${TEMPORARY_PREFIX}index.db`);
    copyForClients(db.name, copy, index);
    const size = check(index);
    const compressed = path.join(folder, `${TEMPORARY_PREFIX}index.db.zst`);
    const sha256 = await compressFile(index, compressed);
    const name = snapshotName(size, sha256);
    renameSync(compressed, path.join(folder, name));
    syncFolder(folder);
    removeOldSnapshots(folder, size);
    return readSnapshot(folder, name) as SnapshotFile;
  } finally {
    removeTemporaryFiles(folder);
  }
}

/** For the registry's own search. Between two steps, whoever announces has his turn. */
async function promotePopular(db: Database.Database): Promise<void> {
  const { promoted, promotedAtOnce } = SNAPSHOT_LIMITS;
  // Downloads are counted meanwhile: what is out of place again by then is left to the next snapshot.
  for (let moved = 0; moved < promoted && isPromotionDue(db, promoted); moved += promotedAtOnce) {
    await writeTransaction(db, () => promote(db, promoted, promotedAtOnce));
    await setImmediate();
  }
}

/**
 * Reads one moment of the registry's database, and stands in no writer's way: what takes long, ranking, is done in the
 * copy, which nobody else knows.
 * @param copy where to work @param index the file for clients, without gaps
 */
function copyForClients(registry: string, copy: string, index: string): void {
  const db = new Database(copy);
  try {
    // Whatever happens, the file is thrown away.
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma(`cache_size = -${SNAPSHOT_LIMITS.cacheKib}`);
    migrate(db);
    db.prepare('ATTACH ? AS registry').run(registry);
    const copyAll = db.transaction(() => {
      for (const table of FOR_CLIENTS) db.exec(`INSERT INTO main.${table} SELECT * FROM registry.${table}`);
      for (const key of [ORIGIN_KEY, MIRROR_KEY]) {
        db.prepare('DELETE FROM main.meta WHERE key = ?').run(key);
      }
    });
    copyAll.deferred();
    db.exec('DETACH registry');
    db.transaction(() => rerank(db)).immediate();
    db.prepare('VACUUM INTO ?').run(index);
  } finally {
    db.close();
  }
}

/** @returns entries in the tree @throws MpakError INDEX_UNREADABLE */
function check(file: string): number {
  const db = new Database(file);
  try {
    // A client opens the snapshot where it lies: it must be one file, with no WAL beside it.
    db.pragma('journal_mode = DELETE');
    const damage = db.pragma('integrity_check', { simple: true });
    if (damage !== 'ok') {
      throw new MpakError('INDEX_UNREADABLE', `The registry's database is damaged: ${String(damage)}.`, {
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
