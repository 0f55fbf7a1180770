/**
 * Appends lines to an index: the tree's edge, the rows and, on a registry, the line itself, in the caller's
 * transaction. The only way in which an index of a log ever changes.
 */
import type Database from 'better-sqlite3';
import { type ParsedLine, parseLine } from '../log/entry.ts';
import { appendLeaves, type Edge, leafHash } from '../log/tree.ts';
import { Applier, type Change } from './apply.ts';
import { readEdge, writeEdge } from './meta.ts';
import { requireSigned } from './read-source.ts';

/** What a line did; `unknown` for one that this version does not understand. */
export type LineChange = Change | { kind: 'unknown'; reason: string };

export interface AppendOptions {
  /** Store the lines in the log table: a registry does, a client keeps only the edge. */
  readonly keepLines: boolean;
  /** What a line says, for a caller who has parsed it already. */
  readonly parse?: (line: Uint8Array) => ParsedLine;
  /** Told of each line, in order: a log is too long for a list. */
  readonly onChange?: (change: LineChange) => void;
}

/**
 * @param lines the entries' bytes, without newlines, in the order of the log
 * @returns the edge of the tree with them
 */
export function append(db: Database.Database, lines: Iterable<Uint8Array>, options: AppendOptions): Edge {
  if (!db.inTransaction) throw new Error('append runs in the transaction of its caller');
  requireSigned(db);
  const { keepLines, parse = parseLine, onChange } = options;
  const insertLine = db.prepare('INSERT INTO log (seq, line) VALUES (?, ?)');
  const applier = new Applier(db);
  const before = readEdge(db);
  let seq = before.size;
  const apply = (line: Uint8Array): Uint8Array => {
    if (keepLines) insertLine.run(seq, line);
    const parsed = parse(line);
    const change: LineChange =
      'entry' in parsed ? applier.apply(seq, parsed.entry) : { kind: 'unknown', reason: parsed.reason };
    onChange?.(change);
    seq += 1;
    return leafHash(line);
  };
  const edge = appendLeaves(before, Iterator.from(lines).map(apply));
  applier.flush();
  writeEdge(db, edge);
  return edge;
}
