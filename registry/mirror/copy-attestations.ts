/**
 * Copies the attestations that the copied entries name, so that clients of the mirror verify without the origin. Their
 * digest is in the log, so what the origin hands out is either what it signed for or nothing.
 */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { MAX_ATTESTATION_BYTES } from '../../src/lib/provenance/document.ts';
import { AttestationsClient } from '../../src/lib/remote/attestations-client.ts';
import { OPERATOR_PATIENCE_MS } from '../limits.ts';
import { writeTransaction } from '../write.ts';

/** Asked for at a time, and written at a time. */
const AT_ONCE = 4;
const BATCH = 64;

interface Missing {
  /** Of the artifact. */
  readonly sha256: string;
  /** Of its attestations, as the log has it. */
  readonly logged: string;
}

/** @returns how many the origin does not hand out as it signed for them @throws MpakError NETWORK, REGISTRY_ANSWER */
export async function copyAttestations(
  db: Database.Database,
  origin: URL,
  userAgent: string,
  isStopped: () => boolean,
): Promise<number> {
  const client = new AttestationsClient(userAgent, MAX_ATTESTATION_BYTES);
  try {
    let missing = 0;
    const wanted = missingAttestations(db);
    for (let from = 0; from < wanted.length && !isStopped(); from += BATCH) {
      const batch = wanted.slice(from, from + BATCH);
      const documents = new Map<string, Uint8Array>();
      const queue = batch.values();
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const { sha256, logged } of queue) {
            const document = await client.fromRegistry(origin, sha256);
            if (document !== undefined && digestOf(document) === logged) documents.set(sha256, document);
            else missing += 1;
          }
        }),
      );
      const write = db.prepare('INSERT OR IGNORE INTO attestations (sha256, document) VALUES (?, ?)');
      const writeAll = () => {
        for (const [sha256, document] of documents) write.run(sha256, document);
      };
      await writeTransaction(db, writeAll, OPERATOR_PATIENCE_MS);
    }
    return missing;
  } finally {
    await client.close();
  }
}

/** In the order of the log. */
function missingAttestations(db: Database.Database): Missing[] {
  return db
    .prepare<[], Missing>(
      `SELECT sha256, attestation_sha256 AS logged FROM artifacts
       WHERE attestation_sha256 IS NOT NULL
         AND sha256 NOT IN (SELECT sha256 FROM attestations)
       GROUP BY sha256 ORDER BY min(seq)`,
    )
    .all();
}

function digestOf(document: Uint8Array): string {
  return createHash('sha256').update(document).digest('hex');
}
