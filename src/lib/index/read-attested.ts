/** Which versions of a package have an attestation. */
import type Database from 'better-sqlite3';
import { sourceOf } from './read-source.ts';

/**
 * The newest version with an attestation that was announced before an entry of the log, or by it. In an unsigned index
 * the order of entries proves nothing: there any version counts.
 * @param seq of the entry
 * @returns undefined when none has one
 */
export function attestedVersion(db: Database.Database, name: string, seq: number): string | undefined {
  const last = sourceOf(db) === 'signed' ? seq : Number.MAX_SAFE_INTEGER;
  return db
    .prepare<[string, number], string>(
      `SELECT v.version FROM packages p
       JOIN versions v ON v.package_id = p.id JOIN artifacts a ON a.version_id = v.id
       WHERE p.name = ? AND a.attestation_sha256 IS NOT NULL AND a.seq <= ?
       ORDER BY a.seq DESC LIMIT 1`,
    )
    .pluck()
    .get(name, last);
}
