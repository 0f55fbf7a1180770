/**
 * The keys of a log: the first one, and those that it and its successors named in rotate-key entries. The last one
 * signs. Which one that is, is read from the log, so a running server follows a rotation by another process; a rotation
 * that the key before did not sign means nothing here either, as it means nothing to clients.
 *
 * The first key is in signing-key.json, each later one in signing-key-<its id>.json.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../src/lib/errors.ts';
import { ALGORITHM } from '../src/lib/log/jws.ts';
import {
  fingerprint,
  keyId,
  type PrivateKey,
  type PublicKey,
  publicKey,
  verifyRotation,
} from '../src/lib/log/key.ts';
import type { DataFolder } from './data-folder.ts';
import { readPublicKey, readSigningKey } from './signing-key.ts';

/** In the key set: clients take one of up to 64. */
const PUBLISHED_KEYS = 16;

/** A rotate-key entry as the table has it. */
export interface Rotation {
  readonly seq: number;
  /** JSON. */
  readonly new_key: string;
  readonly signature: string;
}

export interface KeyRingSource {
  readonly db: Database.Database;
  readonly data: Pick<DataFolder, 'path' | 'signingKey' | 'rotatedKey'>;
  readonly origin: string;
}

interface Chain {
  /** Of the last rotation that was read; -1 for none. */
  readonly seq: number;
  readonly signing: PrivateKey;
  readonly kid: string;
  /** Each was named by the one before it. */
  readonly keys: readonly PublicKey[];
}

export class KeyRing {
  readonly #source: KeyRingSource;
  #chain: Chain | undefined;

  constructor(source: KeyRingSource) {
    this.#source = source;
  }

  /** In the order of the log. Synchronous, so that it can be read together with the log that is to be signed. */
  rotations(): Rotation[] {
    return this.#source.db
      .prepare<[], Rotation>('SELECT seq, new_key, signature FROM rotations ORDER BY seq')
      .all();
  }

  /** The public keys as a JWKS, the one that signs first. */
  async keySet(): Promise<{ readonly keys: readonly object[] }> {
    const { keys } = await this.chain();
    const newest = keys.toReversed().slice(0, PUBLISHED_KEYS);
    return { keys: newest.map((key) => ({ ...key, kid: keyId(key), alg: ALGORITHM, use: 'sig' })) };
  }

  /**
   * The keys as of some rotations.
   * @throws MpakError IO_FAILED when the file of the key that signs is gone or damaged
   */
  async chain(rotations: readonly Rotation[] = this.rotations()): Promise<Chain> {
    const seq = rotations.at(-1)?.seq ?? -1;
    if (this.#chain?.seq === seq) return this.#chain;
    const { data, origin } = this.#source;
    const keys = [readPublicKey(data.signingKey)];
    for (const rotation of rotations) {
      const new_key = publicKey(JSON.parse(rotation.new_key) as PublicKey);
      const statement = { signature: rotation.signature, new_key };
      if (verifyRotation(statement, origin, keys.at(-1) as PublicKey)) keys.push(new_key);
    }
    const kid = keyId(keys.at(-1) as PublicKey);
    const file = keys.length === 1 ? data.signingKey : data.rotatedKey(kid);
    const signing = readSigningKey(file);
    if (keyId(signing) !== kid) {
      throw new MpakError('IO_FAILED', `${file} holds another key than ${fingerprint(kid)}.`, {
        hint: 'Restore it from a backup: the log names that key, and clients trust no other.',
      });
    }
    const chain = { seq, signing, kid, keys };
    this.#chain = chain;
    return chain;
  }
}
