/** How current the local index of a registry is. */
import { statSync } from 'node:fs';
import { MpakError } from '../errors.ts';
import { readEdge } from '../index/meta.ts';
import { fingerprint, keyId, type PublicKey } from '../log/key.ts';
import { rootHash } from '../log/tree.ts';
import type { IndexStore } from './store.ts';
import { readTrust } from './trust.ts';

export interface IndexStatus {
  readonly registry: string;
  /** The name of the log. */
  readonly origin: string;
  /** Log entries that the index holds. */
  readonly size: number;
  /** Merkle root over them, base64. */
  readonly root: string;
  /** ISO 8601 UTC. */
  readonly synced_at: string;
  /** Fingerprint of the key that signs. */
  readonly key: string;
  /** Packages that have a version which is not revoked. */
  readonly packages: number;
  readonly file: string;
  /** Of the file. */
  readonly bytes: number;
}

/** @throws MpakError INDEX_MISSING before the first sync, INDEX_UNREADABLE */
export async function indexStatus(store: IndexStore): Promise<IndexStatus> {
  const db = store.open();
  try {
    const trust = readTrust(store.trustFile);
    if (trust === undefined) {
      throw new MpakError(
        'INDEX_UNREADABLE',
        `${store.trustFile} is gone: the key of the registry is not known.`,
        {
          hint: 'Run `mpak sync --key FINGERPRINT` with the fingerprint that the operator gives you.',
        },
      );
    }
    const edge = readEdge(db);
    const packages = db.prepare('SELECT count(*) FROM packages WHERE latest_id IS NOT NULL').pluck().get();
    return {
      registry: store.label,
      origin: trust.origin,
      size: edge.size,
      root: Buffer.from(rootHash(edge)).toString('base64'),
      synced_at: trust.synced_at,
      key: fingerprint(keyId(trust.keys.at(-1) as PublicKey)),
      packages: packages as number,
      file: db.name,
      bytes: statSync(db.name).size,
    };
  } finally {
    db.close();
  }
}
