/** An index in memory over the entries of a log, as a registry keeps it. */
import type Database from 'better-sqlite3';
import { append } from '../../src/lib/index/append.ts';
import { openMemoryIndex } from '../../src/lib/index/open.ts';
import { type Entry, encodeEntry, type Provenance, parseLine } from '../../src/lib/log/entry.ts';

/** @throws when an entry is none: a test that means to append nonsense encodes it itself */
export function indexOf(...entries: readonly Entry[]): Database.Database {
  const db = openMemoryIndex();
  appendEntries(db, ...entries);
  return db;
}

export function appendEntries(db: Database.Database, ...entries: readonly Entry[]): void {
  const lines = entries.map(encodeEntry);
  for (const line of lines) {
    const parsed = parseLine(line);
    if ('unknown' in parsed) throw new Error(`the entry ${parsed.reason}`);
  }
  db.transaction(() => append(db, lines, { keepLines: true }))();
}

/** Of a build in that repository, `Owner/repo`. */
export function provenanceFrom(repository: string, sha = 'c'.repeat(40)): Provenance {
  return {
    schema_version: '1',
    provider: 'github_oidc',
    repository,
    sha,
    claims: {
      owner: repository.slice(0, repository.indexOf('/')),
      owner_id: '4711',
      actor: 'ada',
      actor_id: '42',
      workflow: 'release',
      workflow_ref: `${repository}/.github/workflows/release.yml@refs/tags/v1`,
      ref: 'refs/tags/v1',
      ref_type: 'tag',
      run_id: '100',
      run_number: '7',
      run_attempt: '1',
      event_name: 'release',
      job_workflow_ref: `${repository}/.github/workflows/release.yml@refs/tags/v1`,
    },
  };
}
