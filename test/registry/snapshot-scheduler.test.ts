import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pino from 'pino';
import { SnapshotScheduler } from '../../registry/snapshot-scheduler.ts';

describe('the snapshot scheduler', () => {
  it('outlives snapshots that cannot be read, says so, and looks again later', async () => {
    let now = new Date('2026-05-01T12:00:00Z');
    let looks = 0;
    const lines: string[] = [];
    const attempts: string[] = [];
    const scheduler = new SnapshotScheduler({
      dataFolder: '/none',
      self: [process.execPath],
      logSize: () => 1000,
      newestSnapshot: () => {
        looks += 1;
        throw new Error('EACCES: permission denied');
      },
      now: () => now,
      log: pino({}, { write: (line) => lines.push(line) }),
      onAttempt: (result) => attempts.push(result),
    });
    expect([looks, attempts]).to.deep.equal([1, ['failed']]);
    expect(lines.join('')).to.contain('EACCES: permission denied');
    scheduler.grown();
    await sleep(2_100);
    expect(looks).to.equal(1);
    now = new Date('2026-05-01T12:01:00Z');
    scheduler.grown();
    await sleep(2_100);
    expect([looks, attempts.length]).to.deep.equal([2, 2]);
    await scheduler.close();
  });
});
