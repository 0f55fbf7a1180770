import type Database from 'better-sqlite3';
import { expect } from 'chai';
import {
  enqueueRescans,
  enqueueScan,
  isWanted,
  nextScan,
  postponeScan,
  type ScanJob,
} from '../../../registry/scans/queue.ts';
import { append } from '../../../src/lib/index/append.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { encodeEntry } from '../../../src/lib/log/entry.ts';
import { provenance, publish } from '../../lib/index/log-entries.ts';

const HOUR = 3_600_000;
const LONGEST_MS = 24 * HOUR;

describe('the queue of scans', () => {
  let db: Database.Database;
  let clock = Date.parse('2026-11-01T00:00:00Z');
  beforeEach(() => {
    db = openMemoryIndex();
    clock = Date.parse('2026-11-01T00:00:00Z');
  });
  afterEach(() => db.close());

  /** Each a second after the one before. */
  function enqueue(...names: string[]): void {
    db.transaction(() => {
      for (const name of names) {
        clock += 1000;
        const entry = publish(name, '1.0.0', { provenance: provenance('Acme', '1') });
        append(db, [encodeEntry(entry)], { keepLines: true });
        const { sha256 } = entry.artifact;
        enqueueScan(db, { package: name, version: '1.0.0', sha256 }, { rescan: false, now: new Date(clock) });
      }
    })();
  }

  interface Asked {
    readonly servedLast?: readonly string[];
    readonly running?: readonly ScanJob[];
    readonly at?: number;
  }

  const next = ({ running = [], servedLast = [], at = clock }: Asked = {}) =>
    nextScan(db, { now: new Date(at), longestMs: LONGEST_MS, running, servedLast });

  /** One after the other, as workers take them. */
  function due(asked: Asked = {}): ScanJob[] {
    const running = [...(asked.running ?? [])];
    for (let job = next(asked); job !== undefined; job = next({ ...asked, running })) running.push(job);
    return running.slice(asked.running?.length ?? 0);
  }
  const names = (jobs: readonly ScanJob[]) => jobs.map((job) => job.package);

  it('does not let a scope that announces much keep others waiting', () => {
    enqueue('@flood/a', '@flood/b', '@flood/c', '@honest/echo');
    const first = next() as ScanJob;
    expect(first.package).to.equal('@flood/a');
    expect(next({ running: [first], servedLast: ['flood'] })?.package).to.equal('@honest/echo');
    expect(next({ servedLast: ['flood', 'honest'] })?.package).to.equal('@flood/a');
    expect(next({ servedLast: ['honest', 'gone', 'flood'] })?.package).to.equal('@honest/echo');
  });

  it('gives every worker something while a scope waits alone', () => {
    enqueue('@flood/a', '@flood/b', '@flood/c');
    const running: ScanJob[] = [];
    for (const expected of ['@flood/a', '@flood/b', '@flood/c']) {
      const job = next({ running, servedLast: ['flood'] });
      expect(job?.package).to.equal(expected);
      running.push(job as ScanJob);
    }
    expect(due({ running })).to.deep.equal([]);
  });

  it('does not wait for a clock that was put back to catch up', () => {
    enqueue('@acme/new', '@acme/tried');
    const tried = due()[1] as ScanJob;
    postponeScan(db, tried, 'failures', clock + HOUR);
    expect(names(due())).to.deep.equal(['@acme/new']);
    expect(names(due({ at: clock - HOUR / 2 }))).to.deep.equal(['@acme/new']);
    expect(names(due({ at: clock - 30 * LONGEST_MS }))).to.deep.equal(['@acme/new', '@acme/tried']);
  });

  it('forgets what went wrong before when the operator asks again, and what an earlier attempt says then', () => {
    enqueue('@acme/echo');
    for (const setback of ['kills', 'misses', 'failures'] as const) {
      postponeScan(db, due({ at: clock + HOUR })[0] as ScanJob, setback, clock);
    }
    const before = due()[0] as ScanJob;
    expect([before.kills, before.misses, before.failures]).to.deep.equal([1, 1, 1]);
    db.transaction(() => enqueueRescans(db, '@acme/echo', undefined, new Date(clock)))();
    expect(isWanted(db, before)).to.equal(false);
    postponeScan(db, before, 'kills', clock + HOUR);
    const after = due()[0] as ScanJob;
    expect([after.kills, after.misses, after.failures]).to.deep.equal([0, 0, 0]);
  });

  it('keeps what went wrong when the same bytes are announced for another platform', () => {
    enqueue('@acme/echo');
    const job = due()[0] as ScanJob;
    postponeScan(db, job, 'kills', clock);
    enqueueScan(db, job, { rescan: false, now: new Date(clock) });
    expect(due()[0]?.kills).to.equal(1);
  });

  it('is quick where ten thousand wait', () => {
    const insert = db.prepare(
      "INSERT INTO scan_queue (package, version, sha256, rescan, due) VALUES (?, '1.0.0', ?, 0, ?)",
    );
    enqueue('@honest/echo');
    db.transaction(() => {
      for (let at = 0; at < 10_000; at += 1) insert.run(`@flood/p${at}`, String(at), at);
    })();
    const started = performance.now();
    for (let round = 0; round < 10; round += 1) {
      expect(next({ servedLast: ['flood'] })?.package).to.equal('@honest/echo');
    }
    // Some 3 ms each.
    expect((performance.now() - started) / 10).to.be.below(100);
  });
});
