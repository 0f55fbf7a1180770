/** What the log says of one artifact: its newest certification. Its own bytes were judged, whatever others of the version are. */
import type Database from 'better-sqlite3';
import type { CertifyEntry } from '../log/entry.ts';
import { levelName } from './read-certification.ts';

export interface ArtifactCertification {
  /** 0 to 4. */
  readonly level: number;
  readonly level_name: string;
  /** Result by control id. */
  readonly controls: CertifyEntry['controls'];
  readonly scanner: CertifyEntry['scanner'];
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** @param sha256 of the artifact @returns null when it was never certified */
export function artifactCertification(
  db: Database.Database,
  name: string,
  version: string,
  sha256: string,
): ArtifactCertification | null {
  const row = db
    .prepare<[string, string, string], { level: number; controls: string; scanner: string; at: string }>(
      `SELECT level, controls, scanner, at FROM certifications
       WHERE sha256 = ? AND package = ? AND version = ? ORDER BY seq DESC LIMIT 1`,
    )
    .get(sha256, name, version);
  if (row === undefined) return null;
  return {
    level: row.level,
    level_name: levelName(row.level),
    controls: JSON.parse(row.controls),
    scanner: JSON.parse(row.scanner),
    at: row.at,
  };
}
