/**
 * What the operator says: entries of the log that no publisher can make. A server on the same folder may keep running,
 * and serves them with its next checkpoint.
 */
import type Database from 'better-sqlite3';
import { parsePackageName } from '../src/lib/bundle/name.ts';
import { MpakError } from '../src/lib/errors.ts';
import { append } from '../src/lib/index/append.ts';
import { covers } from '../src/lib/index/apply.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { findPackage, versionRows } from '../src/lib/index/read-version.ts';
import { type Entry, encodeEntry, parseLine } from '../src/lib/log/entry.ts';
import type { DataFolder } from './data-folder.ts';
import { OPERATOR_PATIENCE_MS } from './limits.ts';
import { writeTransaction } from './write.ts';

export interface Appended {
  /** Position in the log. */
  readonly seq: number;
  readonly entry: Entry;
  /** Unchanged: the log said so already, there. */
  readonly status: 'created' | 'unchanged';
}

export interface Statement {
  readonly entry: Entry;
  /** Looks at what the log says so far. @throws MpakError for what makes no sense there */
  readonly check?: (db: Database.Database) => void;
  /** Position of the entry that says so already. */
  readonly said?: (db: Database.Database) => number | undefined;
}

/** @throws MpakError NOT_FOUND, USAGE, BUSY; the log has not grown then */
export async function appendStatement(data: DataFolder, statement: Statement): Promise<Appended> {
  const { entry, check, said } = statement;
  const line = encodeEntry(entry);
  const parsed = parseLine(line);
  if (!('entry' in parsed)) throw new MpakError('USAGE', `This makes an entry that ${parsed.reason}.`);
  data.require();
  const db = data.open();
  try {
    return await writeTransaction(
      db,
      (): Appended => {
        check?.(db);
        const earlier = said?.(db);
        if (earlier !== undefined) return { seq: earlier, entry, status: 'unchanged' };
        const seq = readEdge(db).size;
        append(db, [line], { keepLines: true });
        return { seq, entry, status: 'created' };
      },
      OPERATOR_PATIENCE_MS,
    );
  } finally {
    db.close();
  }
}

/** @throws MpakError USAGE */
export function requirePackageName(text: string): string {
  const name = parsePackageName(text);
  if (name !== undefined) return name;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not the name of a package.`, {
    hint: 'A name looks like @scope/name.',
  });
}

/** A scope as the log has it. @throws MpakError USAGE */
export function requireScopeName(text: string): string {
  const scope = text.replace(/^@/, '').toLowerCase();
  if (parsePackageName(`@${scope}/x`) !== undefined) return scope;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not the name of a scope.`, {
    hint: 'A scope is the lower-cased name of a GitHub account.',
  });
}

/** @throws MpakError NOT_FOUND when there is no such package, or nothing in the range */
export function requireVersions(db: Database.Database, name: string, versions: string): void {
  const row = findPackage(db, name);
  if (row !== undefined && versionRows(db, row.id).some(({ version }) => covers(versions, version))) return;
  const what =
    row === undefined
      ? `There is no package ${name}`
      : `${name} has no version in ${JSON.stringify(versions)}`;
  throw new MpakError('NOT_FOUND', `${what}.`, { hint: 'To say it of what is yet to come, add --force.' });
}
