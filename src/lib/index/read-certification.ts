/** How the mpak Trust Framework grades a package: by the lowest-graded artifact of its latest version. */
import type Database from 'better-sqlite3';
import type { CertifyEntry } from '../log/entry.ts';
import type { Certification } from './bundle-types.ts';

/** By level. 0 is a scan that not even the first level came out of. */
const LEVEL_NAMES = ['None', 'Basic', 'Standard', 'Verified', 'Attested'] as const;

export function levelName(level: number): string {
  return LEVEL_NAMES[level] ?? `Level ${level}`;
}

/**
 * The newest certification of the artifact that decides the version's level: the lowest-graded one.
 * Controls that were skipped or could not be judged count in the total alone.
 * @returns null unless every artifact of the version is certified: one that was not scanned could hold anything
 */
export function certificationOf(
  db: Database.Database,
  name: string,
  versionId: number,
): Certification | null {
  const graded = db
    .prepare<[string, number], { level: number | null; controls: string | null }>(
      `SELECT a.certification_level AS level,
         (SELECT c.controls FROM certifications c
          WHERE c.sha256 = a.sha256 AND c.package = ? AND c.version = v.version ORDER BY c.seq DESC LIMIT 1) AS controls
       FROM artifacts a JOIN versions v ON v.id = a.version_id
       WHERE v.id = ? ORDER BY a.certification_level IS NOT NULL, a.certification_level, a.id LIMIT 1`,
    )
    .get(name, versionId);
  if (graded === undefined || graded.level === null) return null;
  const results = Object.values(JSON.parse(graded.controls ?? '{}') as CertifyEntry['controls']);
  return {
    level: graded.level,
    level_name: levelName(graded.level),
    controls_passed: results.filter((result) => result === 'pass').length,
    controls_failed: results.filter((result) => result === 'fail').length,
    controls_total: results.length,
  };
}
