/**
 * Appends lines to an index: the tree's edge, the rows and, on a registry, the line itself, in the caller's
 * transaction. The only way in which an index ever changes.
 */
import type Database from 'better-sqlite3';
import { type ParsedLine, parseLine } from '../log/entry.ts';
import { appendLeaves, type Edge, leafHash } from '../log/tree.ts';
import { Applier, type Change } from './apply.ts';
import { readEdge, writeEdge } from './meta.ts';

export interface Appended {
  readonly edge: Edge;
  /** What each line did, in order; `unknown` for one that this version does not understand. */
  readonly changes: readonly (Change | { kind: 'unknown'; reason: string })[];
}

/**
 * @param lines the entries' bytes, without newlines, in the order of the log
 * @param options.keepLines store the lines in the log table: a registry does, a client keeps only the edge
 * @param options.parse what a line says, for a caller who has parsed it already
 */
export function append(
  db: Database.Database,
  lines: Iterable<Uint8Array>,
  options: { keepLines: boolean; parse?: (line: Uint8Array) => ParsedLine },
): Appended {
  if (!db.inTransaction) throw new Error('append runs in the transaction of its caller');
  const insertLine = db.prepare('INSERT INTO log (seq, line) VALUES (?, ?)');
  const { keepLines, parse = parseLine } = options;
  const applier = new Applier(db);
  const before = readEdge(db);
  const leaves: Uint8Array[] = [];
  const changes: Appended['changes'][number][] = [];
  for (const line of lines) {
    const seq = before.size + leaves.length;
    leaves.push(leafHash(line));
    if (keepLines) insertLine.run(seq, line);
    const parsed = parse(line);
    changes.push(
      'entry' in parsed ? applier.apply(seq, parsed.entry) : { kind: 'unknown', reason: parsed.reason },
    );
  }
  applier.flush();
  const edge = appendLeaves(before, leaves);
  writeEdge(db, edge);
  return { edge, changes };
}
