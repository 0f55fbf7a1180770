/**
 * Hands the log over to a new key (PK-02). The new key is on the disk under its own name before the entry that names it
 * is in the log, and the log says which key signs: a crash between the two leaves a file that nothing names.
 */
import { MpakError } from '../src/lib/errors.ts';
import { append } from '../src/lib/index/append.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { encodeEntry, type RotateKeyEntry } from '../src/lib/log/entry.ts';
import { keyId, publicKey, signRotation } from '../src/lib/log/key.ts';
import { type DataFolder, readOrigin } from './data-folder.ts';
import { KeyRing } from './key-ring.ts';
import { OPERATOR_PATIENCE_MS } from './limits.ts';
import { newSigningKey, writeSigningKey } from './signing-key.ts';
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
    const origin = readOrigin(db);
    if (origin === undefined) {
      throw new MpakError('NOT_FOUND', 'This log was never served: there is no key that clients trust yet.', {
        hint: '`mpak-registry serve` makes one at its first start.',
      });
    }
    const ring = new KeyRing({ db, data, origin });
    const rotations = ring.rotations();
    const { signing, kid: from } = await ring.chain(rotations);
    const key = await newSigningKey();
    const to = await keyId(key);
    const entry: RotateKeyEntry = {
      kind: 'rotate-key',
      old_kid: from,
      new_key: publicKey(key),
      signature: await signRotation(origin, signing, key),
      at: now.toISOString(),
    };
    const file = data.rotatedKey(to);
    writeSigningKey(file, key);
    const seq = await writeTransaction(
      db,
      () => {
        if (ring.rotations().length !== rotations.length) {
          throw new MpakError('BUSY', 'Another process has just rotated the key of this log.', {
            hint: '`mpak-registry keys` shows which one signs now.',
          });
        }
        const { size } = readEdge(db);
        append(db, [encodeEntry(entry)], { keepLines: true });
        return size;
      },
      OPERATOR_PATIENCE_MS,
    );
    return { seq, entry, from, to, file };
  } finally {
    db.close();
  }
}
