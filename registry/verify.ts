/** `mpak-registry verify`: replays the log from its first line and compares every row with the tables that are served. */
import type Database from 'better-sqlite3';
import { append } from '../src/lib/index/append.ts';
import { compareIndexes } from '../src/lib/index/compare.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { openMemoryIndex } from '../src/lib/index/open.ts';
import { rootOf } from './checkpoints.ts';

export interface Verification {
  /** Entries in the log. */
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** For people; empty when all is well. */
  readonly differences: readonly string[];
}

/** Lines that are applied at a time. */
const BATCH = 10_000;

export function verifyRegistry(db: Database.Database): Verification {
  const replay = openMemoryIndex();
  try {
    // One view of the log and the tables, even while a server is writing.
    return db.transaction(() => {
      const damage = db.pragma('integrity_check') as { integrity_check: string }[];
      const differences = damage.map((row) => row.integrity_check).filter((line) => line !== 'ok');
      differences.push(...replayLog(db, replay), ...compareIndexes(db, replay));
      const edge = readEdge(db);
      return { size: edge.size, root: rootOf(edge), differences };
    })();
  } finally {
    replay.close();
  }
}

function replayLog(db: Database.Database, replay: Database.Database): string[] {
  const read = db.prepare<[number, number], { seq: number; line: Buffer }>(
    'SELECT seq, line FROM log WHERE seq >= ? ORDER BY seq LIMIT ?',
  );
  for (let next = 0; ; ) {
    const rows = read.all(next, BATCH);
    const gap = rows.findIndex(({ seq }, index) => seq !== next + index);
    if (gap !== -1) return [`log: entry ${next + gap} is missing`];
    if (rows.length === 0) return [];
    const lines = rows.map(({ line }) => line);
    replay.transaction(() => append(replay, lines, { keepLines: false })).immediate();
    next += rows.length;
  }
}
