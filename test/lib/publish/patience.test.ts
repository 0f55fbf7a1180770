import { expect } from 'chai';
import { Patience } from '../../../src/lib/publish/patience.ts';

describe('the patience of a publisher', () => {
  it('gives an attempt the time that is left, and the last one half a minute', async () => {
    let passed = 0;
    const sleep = async (ms: number) => {
      passed += ms;
    };
    const patience = new Patience(300_000, { now: () => new Date(passed), sleep });
    expect(patience.attemptMs(660_000)).to.equal(300_000);
    expect(patience.attemptMs(60_000)).to.equal(60_000);
    await patience.pause(1, 290_000);
    expect(patience.attemptMs(660_000)).to.equal(30_000);
    passed += 600_000;
    expect(patience.attemptMs(660_000)).to.equal(30_000);
  });
});
