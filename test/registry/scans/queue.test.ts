import type Database from 'better-sqlite3';
import { expect } from 'chai';
import {
  dueScans,
  enqueueRescans,
  enqueueScan,
  isWanted,
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
    readonly count?: number;
    readonly running?: readonly ScanJob[];
    readonly servedLast?: readonly string[];
    readonly at?: number;
  }

  function due({ count = 10, running = [], servedLast = [], at = clock }: Asked = {}): ScanJob[] {
    return dueScans(db, { now: new Date(at), longestMs: LONGEST_MS, count, running, servedLast });
  }
  const names = (jobs: readonly ScanJob[]) => jobs.map((job) => job.package);

  it('does not let a scope that announces much keep others waiting', () => {
    enqueue('@flood/a', '@flood/b', '@flood/c', '@honest/echo');
    const [first] = due({ count: 1 }) as [ScanJob];
    expect(first.package).to.equal('@flood/a');
    expect(names(due({ count: 1, running: [first], servedLast: ['flood'] }))).to.deep.equal(['@honest/echo']);
    expect(names(due({ count: 1, servedLast: ['flood', 'honest'] }))).to.deep.equal(['@flood/a']);
  });

  it('gives every worker something while a scope waits alone', () => {
    enqueue('@flood/a', '@flood/b', '@flood/c');
    const running: ScanJob[] = [];
    for (const expected of ['@flood/a', '@flood/b', '@flood/c']) {
      const [next] = due({ count: 1, running, servedLast: ['flood'] });
      expect(next?.package).to.equal(expected);
      running.push(next as ScanJob);
    }
    expect(due({ running })).to.deep.equal([]);
  });

  it('does not wait for a clock that was put back to catch up', () => {
    enqueue('@acme/new', '@acme/tried');
    const tried = due({ running: due({ count: 1 }) })[0] as ScanJob;
    postponeScan(db, tried, 'failures', clock + HOUR);
    expect(names(due({ at: clock - 30 * LONGEST_MS }))).to.have.members(['@acme/new']);
    expect(names(due({ at: clock - 30 * LONGEST_MS, running: due() }))).to.deep.equal(['@acme/tried']);
    expect(names(due({ at: clock, running: due() }))).to.deep.equal([]);
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
});
