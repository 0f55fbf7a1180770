/**
 * Hands the log over to a new key (PK-02). The new key is on the disk under its own name before the entry that names it
 * is in the log, and the log says which key signs: a crash between the two leaves a file that nothing names.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../src/lib/errors.ts';
import { append } from '../src/lib/index/append.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { withLock } from '../src/lib/lock.ts';
import { encodeEntry, type RotateKeyEntry } from '../src/lib/log/entry.ts';
import { keyId, publicKey, signRotation } from '../src/lib/log/key.ts';
import { type DataFolder, readOrigin } from './data-folder.ts';
import { KeyRing } from './key-ring.ts';
import { OPERATOR_PATIENCE_MS } from './limits.ts';
import { newSigningKey, removeUnfinishedKeys, writeSigningKey } from './signing-key.ts';
import { writeTransaction } from './write.ts';

export interface RotatedKey {
  /** Position in the log. */
  readonly seq: number;
  readonly entry: RotateKeyEntry;
  /** Ids of the keys. */
  readonly from: string;
  readonly to: string;
  /** The private key that signs from now on. */
  readonly file: string;
}

/** @throws MpakError NOT_FOUND when the log was never served, IO_FAILED without its key, BUSY */
export async function rotateKey(data: DataFolder, now: Date): Promise<RotatedKey> {
  data.require();
  const db = data.open();
  try {
    return await withLock(data.keyLock, { waitMs: 0, holder: 'Another `mpak-registry rotate-key`' }, () =>
      rotate(data, db, now),
    );
  } finally {
    db.close();
  }
}

async function rotate(data: DataFolder, db: Database.Database, now: Date): Promise<RotatedKey> {
  const origin = readOrigin(db);
  if (origin === undefined) {
    throw new MpakError('NOT_FOUND', 'This log was never served: there is no key that clients trust yet.', {
      hint: '`mpak-registry serve` makes one at its first start.',
    });
  }
  removeUnfinishedKeys(data.path);
  const { signing, kid: from } = await new KeyRing({ db, data, origin }).chain();
  const key = await newSigningKey();
  const to = keyId(key);
  const entry: RotateKeyEntry = {
    kind: 'rotate-key',
    old_kid: from,
    new_key: publicKey(key),
    signature: signRotation(origin, signing, key),
    at: now.toISOString(),
  };
  const file = data.rotatedKey(to);
  writeSigningKey(file, key);
  const appendRotation = () => {
    const { size } = readEdge(db);
    append(db, [encodeEntry(entry)], { keepLines: true });
    return size;
  };
  const seq = await writeTransaction(db, appendRotation, OPERATOR_PATIENCE_MS);
  return { seq, entry, from, to, file };
}
