/** How current the local index of a registry is. */
import { statSync } from 'node:fs';
import { readCrawlState } from '../crawl/state.ts';
import { MpakError } from '../errors.ts';
import { readEdge } from '../index/meta.ts';
import { type IndexSource, sourceOf } from '../index/read-source.ts';
import { fingerprint, keyId, type PublicKey } from '../log/key.ts';
import { rootHash } from '../log/tree.ts';
import type { IndexStore } from './store.ts';
import { readTrust } from './trust.ts';

/** Of an index of a signed log. */
export interface SignedIndexStatus extends IndexFile {
  readonly source: 'signed';
  readonly signed: true;
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
}

/** Of an index that was crawled. */
export interface CrawledIndexStatus extends IndexFile {
  readonly source: Exclude<IndexSource, 'signed'>;
  readonly signed: false;
  /** Null: the first crawl is not finished. */
  readonly synced_at: string | null;
  /** When the whole list was last looked at, to its end. */
  readonly whole_at: string | null;
}

interface IndexFile {
  readonly registry: string;
  /** Packages that have a version which is not revoked. */
  readonly packages: number;
  readonly file: string;
  /** Of the file. */
  readonly bytes: number;
}

export type IndexStatus = SignedIndexStatus | CrawledIndexStatus;

/** @throws MpakError INDEX_MISSING before the first sync, INDEX_UNREADABLE */
export async function indexStatus(store: IndexStore): Promise<IndexStatus> {
  const db = store.open();
  try {
    const packages = db.prepare('SELECT count(*) FROM packages WHERE latest_id IS NOT NULL').pluck().get();
    const common = {
      registry: store.label,
      packages: packages as number,
      file: db.name,
      bytes: statSync(db.name).size,
    };
    const source = sourceOf(db);
    if (source !== 'signed') {
      const { synced_at, whole_at } = readCrawlState(db);
      return { source, signed: false, synced_at, whole_at, ...common };
    }
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
    return {
      source,
      signed: true,
      origin: trust.origin,
      size: edge.size,
      root: Buffer.from(rootHash(edge)).toString('base64'),
      synced_at: trust.synced_at,
      key: fingerprint(keyId(trust.keys.at(-1) as PublicKey)),
      ...common,
    };
  } finally {
    db.close();
  }
}
